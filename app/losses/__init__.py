"""What a model says of each token: a local model, an endpoint of the operator, or a paste."""
