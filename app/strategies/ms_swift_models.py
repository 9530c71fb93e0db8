"""Which format ms-swift takes for a model, by the last part of its name in lower case.

Source: ms-swift 4.6.0, `model/models/*.py`: the models of the formats that are covered here.
"""

from __future__ import annotations

_NAMES = {
    "chatml": """
        minicpm-2b-128k minicpm3-4b minicpm4-0.5b minicpm4-8b yi-1.5-34b yi-1.5-34b-chat
        yi-1.5-34b-chat-16k yi-1.5-34b-chat-awq yi-1.5-34b-chat-gptq yi-1.5-6b yi-1.5-6b-chat
        yi-1.5-6b-chat-awq yi-1.5-6b-chat-gptq yi-1.5-9b yi-1.5-9b-chat yi-1.5-9b-chat-16k
        yi-1.5-9b-chat-awq yi-1.5-9b-chat-gptq yi-34b yi-34b-200k yi-34b-chat yi-34b-chat-4bits
        yi-34b-chat-8bits yi-6b yi-6b-200k yi-6b-chat yi-6b-chat-4bits yi-6b-chat-8bits yi-9b yi-9b-200k
    """,
    "deepseek": """
        deepseek-coder-1.3b-base deepseek-coder-1.3b-instruct deepseek-coder-33b-base
        deepseek-coder-33b-instruct deepseek-coder-6.7b-base deepseek-coder-6.7b-instruct
        deepseek-coder-v2-base deepseek-coder-v2-instruct deepseek-coder-v2-lite-base
        deepseek-coder-v2-lite-instruct deepseek-llm-67b-base deepseek-llm-67b-chat deepseek-llm-7b-base
        deepseek-llm-7b-chat deepseek-math-7b-base deepseek-math-7b-instruct deepseek-math-7b-rl
        deepseek-moe-16b-base deepseek-moe-16b-chat deepseek-v2 deepseek-v2-chat deepseek-v2-lite
        deepseek-v2-lite-chat
    """,
    "deepseek_r1": """
        deepseek-r1 deepseek-r1-0528 deepseek-r1-0528-awq deepseek-r1-0528-bf16
        deepseek-r1-0528-qwen3-8b deepseek-r1-awq deepseek-r1-bf16 deepseek-r1-distill-llama-70b
        deepseek-r1-distill-llama-8b deepseek-r1-distill-qwen-1.5b deepseek-r1-distill-qwen-14b
        deepseek-r1-distill-qwen-32b deepseek-r1-distill-qwen-7b deepseek-r1-zero deepseek-r1-zero-bf16
        qwenlong-l1-32b
    """,
    "deepseek_v2_5": """
        deepseek-prover-v2-671b deepseek-prover-v2-671b-bf16 deepseek-prover-v2-7b deepseek-v2.5
        deepseek-v2.5-1210 deepseek-v3 deepseek-v3-0324 deepseek-v3-0324-awq deepseek-v3-0324-bf16
        deepseek-v3-awq deepseek-v3-base deepseek-v3-bf16
    """,
    "deepseek_v3_1": """
        deepseek-math-v2 deepseek-v3.1 deepseek-v3.1-base deepseek-v3.1-terminus deepseek-v3.2
        deepseek-v3.2-exp deepseek-v3.2-exp-base deepseek-v3.2-speciale
    """,
    "default": """
        grok-1 grok-1-pytorch mamba-1.4b-hf mamba-130m-hf mamba-2.8b-hf mamba-370m-hf mamba-390m-hf
        mamba-790m-hf nlp_polylm_13b_text_generation nlp_seqgpt-560m phi-2 polylm-13b seqgpt-560m
    """,
    "dummy": """
        embeddinggemma-300m gte-modernbert-base gte-qwen2-1.5b-instruct gte-qwen2-7b-instruct
        gte_qwen2-1.5b-instruct gte_qwen2-7b-instruct modernbert-base modernbert-large
        nlp_structbert_backbone_base_std
    """,
    "glm4": """
        glm-4-32b-0414 glm-4-32b-base-0414 glm-4-9b-0414 glm-z1-32b-0414 glm-z1-9b-0414
    """,
    "glm4_5": """
        glm-4.5 glm-4.5-air glm-4.5-air-base glm-4.5-air-fp8 glm-4.5-base glm-4.5-fp8 glm-4.6
        glm-4.6-fp8
    """,
    "llama": """
        chinese-alpaca-2-1.3b chinese-alpaca-2-13b chinese-alpaca-2-13b-16k chinese-alpaca-2-7b
        chinese-alpaca-2-7b-16k chinese-alpaca-2-7b-64k chinese-llama-2-1.3b chinese-llama-2-13b
        chinese-llama-2-13b-16k chinese-llama-2-7b chinese-llama-2-7b-16k chinese-llama-2-7b-64k
        codestral-22b-v0.1 llama-2-13b-chat-hf llama-2-13b-chat-ms llama-2-13b-hf llama-2-13b-ms
        llama-2-70b-chat-hf llama-2-70b-chat-ms llama-2-70b-hf llama-2-70b-ms
        llama-2-7b-aqlm-2bit-1x16-hf llama-2-7b-chat-hf llama-2-7b-chat-ms llama-2-7b-hf llama-2-7b-ms
        mistral-7b-instruct-v0.1 mistral-7b-instruct-v0.2 mistral-7b-instruct-v0.3 mistral-7b-v0.1
        mistral-7b-v0.2-hf mixtral-8x22b-v0.1 mixtral-8x7b-aqlm-2bit-1x16-hf mixtral-8x7b-instruct-v0.1
        mixtral-8x7b-v0.1
    """,
    "llama3": """
        llama-3-chinese-8b llama-3-chinese-8b-instruct meta-llama-3-70b meta-llama-3-70b-instruct
        meta-llama-3-70b-instruct-awq meta-llama-3-70b-instruct-gptq-int4
        meta-llama-3-70b-instruct-gptq-int8 meta-llama-3-8b meta-llama-3-8b-instruct
        meta-llama-3-8b-instruct-awq meta-llama-3-8b-instruct-gptq-int4
        meta-llama-3-8b-instruct-gptq-int8
    """,
    "llama3_2": """
        grm-llama3.2-3b-rewardmodel-ft grm_llama3.1_8b_rewardmodel-ft llama-3.1-nemotron-70b-instruct-hf
        llama-3.2-1b llama-3.2-1b-instruct llama-3.2-3b llama-3.2-3b-instruct llama-3.3-70b-instruct
        llama-3.3-70b-instruct-bnb-4bit meta-llama-3.1-405b meta-llama-3.1-405b-instruct
        meta-llama-3.1-405b-instruct-awq-int4 meta-llama-3.1-405b-instruct-bnb-nf4
        meta-llama-3.1-405b-instruct-fp8 meta-llama-3.1-405b-instruct-gptq-int4 meta-llama-3.1-70b
        meta-llama-3.1-70b-instruct meta-llama-3.1-70b-instruct-awq-int4
        meta-llama-3.1-70b-instruct-bnb-4bit meta-llama-3.1-70b-instruct-fp8
        meta-llama-3.1-70b-instruct-gptq-int4 meta-llama-3.1-8b meta-llama-3.1-8b-instruct
        meta-llama-3.1-8b-instruct-awq-int4 meta-llama-3.1-8b-instruct-bnb-nf4
        meta-llama-3.1-8b-instruct-gptq-int4 skywork-reward-llama-3.1-8b
        skywork-reward-llama-3.1-8b-v0.2
    """,
    "llama4": """
        llama-4-maverick-17b-128e llama-4-maverick-17b-128e-instruct
        llama-4-maverick-17b-128e-instruct-fp8 llama-4-scout-17b-16e llama-4-scout-17b-16e-instruct
    """,
    "mistral_nemo": """
        ministral-8b-instruct-2410 mistral-large-instruct-2407 mistral-nemo-base-2407
        mistral-nemo-instruct-2407 mistral-small-instruct-2409
    """,
    "mimo_rl": """
        mimo-7b-rl-0530
    """,
    "nemotron_h": """
        nvidia-nemotron-3.5-lightning-30b-a3b-bf16 nvidia-nemotron-3.5-lightning-30b-a3b-nvfp4
    """,
    "olmoe_0924": """
        olmoe-1b-7b-0924 olmoe-1b-7b-0924-instruct olmoe-1b-7b-0924-sft
    """,
    "phi3": """
        phi-3-medium-128k-instruct phi-3-medium-4k-instruct phi-3-mini-128k-instruct
        phi-3-mini-4k-instruct phi-3-small-128k-instruct phi-3-small-8k-instruct phi-3.5-mini-instruct
        phi-3.5-moe-instruct phi-4-mini-instruct
    """,
    "phi4": """
        phi-4
    """,
    "qwen": """
        codeqwen1.5-7b codeqwen1.5-7b-chat codeqwen1.5-7b-chat-awq mimo-7b-base mimo-7b-rl
        mimo-7b-rl-zero mimo-7b-sft qwen-14b qwen-14b-chat qwen-14b-chat-int4 qwen-14b-chat-int8
        qwen-1_8b qwen-1_8b-chat qwen-1_8b-chat-int4 qwen-1_8b-chat-int8 qwen-72b qwen-72b-chat
        qwen-72b-chat-int4 qwen-72b-chat-int8 qwen-7b qwen-7b-chat qwen-7b-chat-int4 qwen-7b-chat-int8
        qwen1.5-0.5b qwen1.5-0.5b-chat qwen1.5-0.5b-chat-awq qwen1.5-0.5b-chat-gptq-int4
        qwen1.5-0.5b-chat-gptq-int8 qwen1.5-1.8b qwen1.5-1.8b-chat qwen1.5-1.8b-chat-awq
        qwen1.5-1.8b-chat-gptq-int4 qwen1.5-1.8b-chat-gptq-int8 qwen1.5-110b qwen1.5-110b-chat
        qwen1.5-110b-chat-awq qwen1.5-110b-chat-gptq-int4 qwen1.5-14b qwen1.5-14b-chat
        qwen1.5-14b-chat-awq qwen1.5-14b-chat-gptq-int4 qwen1.5-14b-chat-gptq-int8 qwen1.5-32b
        qwen1.5-32b-chat qwen1.5-32b-chat-awq qwen1.5-32b-chat-gptq-int4 qwen1.5-4b qwen1.5-4b-chat
        qwen1.5-4b-chat-awq qwen1.5-4b-chat-gptq-int4 qwen1.5-4b-chat-gptq-int8 qwen1.5-72b
        qwen1.5-72b-chat qwen1.5-72b-chat-awq qwen1.5-72b-chat-gptq-int4 qwen1.5-72b-chat-gptq-int8
        qwen1.5-7b qwen1.5-7b-chat qwen1.5-7b-chat-awq qwen1.5-7b-chat-gptq-int4
        qwen1.5-7b-chat-gptq-int8 qwen1.5-moe-a2.7b qwen1.5-moe-a2.7b-chat
        qwen1.5-moe-a2.7b-chat-gptq-int4 qwen2-0.5b qwen2-0.5b-instruct qwen2-0.5b-instruct-awq
        qwen2-0.5b-instruct-gptq-int4 qwen2-0.5b-instruct-gptq-int8 qwen2-1.5b qwen2-1.5b-instruct
        qwen2-1.5b-instruct-awq qwen2-1.5b-instruct-gptq-int4 qwen2-1.5b-instruct-gptq-int8
        qwen2-57b-a14b qwen2-57b-a14b-instruct qwen2-57b-a14b-instruct-gptq-int4 qwen2-72b
        qwen2-72b-instruct qwen2-72b-instruct-awq qwen2-72b-instruct-gptq-int4
        qwen2-72b-instruct-gptq-int8 qwen2-7b qwen2-7b-instruct qwen2-7b-instruct-awq
        qwen2-7b-instruct-gptq-int4 qwen2-7b-instruct-gptq-int8 qwen2-math-1.5b qwen2-math-1.5b-instruct
        qwen2-math-72b qwen2-math-72b-instruct qwen2-math-7b qwen2-math-7b-instruct qwen2-math-rm-72b
        qwen2.5-14b-instruct-1m qwen2.5-7b-instruct-1m smallthinker-3b-preview tongyi-finance-14b
        tongyi-finance-14b-chat tongyi-finance-14b-chat-int4
    """,
    "qwen2_5": """
        kimi-dev-72b qwen2.5-0.5b qwen2.5-0.5b-instruct qwen2.5-0.5b-instruct-awq
        qwen2.5-0.5b-instruct-gptq-int4 qwen2.5-0.5b-instruct-gptq-int8 qwen2.5-1.5b
        qwen2.5-1.5b-instruct qwen2.5-1.5b-instruct-awq qwen2.5-1.5b-instruct-gptq-int4
        qwen2.5-1.5b-instruct-gptq-int8 qwen2.5-14b qwen2.5-14b-instruct qwen2.5-14b-instruct-awq
        qwen2.5-14b-instruct-gptq-int4 qwen2.5-14b-instruct-gptq-int8 qwen2.5-32b qwen2.5-32b-instruct
        qwen2.5-32b-instruct-awq qwen2.5-32b-instruct-gptq-int4 qwen2.5-32b-instruct-gptq-int8
        qwen2.5-3b qwen2.5-3b-instruct qwen2.5-3b-instruct-awq qwen2.5-3b-instruct-gptq-int4
        qwen2.5-3b-instruct-gptq-int8 qwen2.5-72b qwen2.5-72b-instruct qwen2.5-72b-instruct-awq
        qwen2.5-72b-instruct-gptq-int4 qwen2.5-72b-instruct-gptq-int8 qwen2.5-7b qwen2.5-7b-instruct
        qwen2.5-7b-instruct-awq qwen2.5-7b-instruct-gptq-int4 qwen2.5-7b-instruct-gptq-int8
        qwen2.5-coder-0.5b qwen2.5-coder-0.5b-instruct qwen2.5-coder-0.5b-instruct-awq
        qwen2.5-coder-0.5b-instruct-gptq-int4 qwen2.5-coder-0.5b-instruct-gptq-int8 qwen2.5-coder-1.5b
        qwen2.5-coder-1.5b-instruct qwen2.5-coder-1.5b-instruct-awq
        qwen2.5-coder-1.5b-instruct-gptq-int4 qwen2.5-coder-1.5b-instruct-gptq-int8 qwen2.5-coder-14b
        qwen2.5-coder-14b-instruct qwen2.5-coder-14b-instruct-awq qwen2.5-coder-14b-instruct-gptq-int4
        qwen2.5-coder-14b-instruct-gptq-int8 qwen2.5-coder-32b qwen2.5-coder-32b-instruct
        qwen2.5-coder-32b-instruct-awq qwen2.5-coder-32b-instruct-gptq-int4
        qwen2.5-coder-32b-instruct-gptq-int8 qwen2.5-coder-3b qwen2.5-coder-3b-instruct
        qwen2.5-coder-3b-instruct-awq qwen2.5-coder-3b-instruct-gptq-int4
        qwen2.5-coder-3b-instruct-gptq-int8 qwen2.5-coder-7b qwen2.5-coder-7b-instruct
        qwen2.5-coder-7b-instruct-awq qwen2.5-coder-7b-instruct-gptq-int4
        qwen2.5-coder-7b-instruct-gptq-int8
    """,
    "qwen3": """
        qwen3-0.6b qwen3-0.6b-base qwen3-0.6b-fp8 qwen3-1.7b qwen3-1.7b-base qwen3-1.7b-fp8 qwen3-14b
        qwen3-14b-awq qwen3-14b-base qwen3-14b-fp8 qwen3-235b-a22b qwen3-235b-a22b-awq
        qwen3-235b-a22b-fp8 qwen3-30b-a3b qwen3-30b-a3b-awq qwen3-30b-a3b-base qwen3-30b-a3b-fp8
        qwen3-32b qwen3-32b-awq qwen3-32b-fp8 qwen3-4b qwen3-4b-awq qwen3-4b-base qwen3-4b-fp8 qwen3-8b
        qwen3-8b-awq qwen3-8b-base qwen3-8b-fp8 tongyi-deepresearch-30b-a3b
    """,
    "qwen3_nothinking": """
        marco-mini-base marco-mini-global-base marco-mini-instruct marco-nano-base marco-nano-instruct
        qwen3-235b-a22b-instruct-2507 qwen3-235b-a22b-instruct-2507-awq
        qwen3-235b-a22b-instruct-2507-fp8 qwen3-30b-a3b-instruct-2507 qwen3-30b-a3b-instruct-2507-fp8
        qwen3-4b-instruct-2507 qwen3-4b-instruct-2507-fp8 qwen3-next-80b-a3b-instruct
        qwen3-next-80b-a3b-instruct-fp8
    """,
    "qwen3_thinking": """
        qwen3-235b-a22b-thinking-2507 qwen3-235b-a22b-thinking-2507-awq
        qwen3-235b-a22b-thinking-2507-fp8 qwen3-30b-a3b-thinking-2507 qwen3-30b-a3b-thinking-2507-fp8
        qwen3-4b-thinking-2507 qwen3-4b-thinking-2507-fp8 qwen3-next-80b-a3b-thinking
        qwen3-next-80b-a3b-thinking-fp8 qwenlong-l1.5-30b-a3b
    """,
    "qwq": """
        qwq-32b qwq-32b-awq
    """,
    "qwq_preview": """
        qwq-32b-preview
    """,
    "zephyr": """
        zephyr-7b-beta
    """,
}

_FORMATS = {name: format for format, names in _NAMES.items() for name in names.split()}


def format_of(tokenizer: str) -> str | None:
    """The format of the model that a tokenizer is named after; None where ms-swift knows none, or another.

    >>> format_of("hub:Qwen/Qwen2.5-7B-Instruct@main")
    'qwen2_5'
    """
    name = tokenizer.partition(":")[2].partition("@")[0]
    return _FORMATS.get(name.rpartition("/")[2].lower())
