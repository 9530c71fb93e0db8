FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    XDG_CACHE_HOME=/data/cache \
    XDG_DATA_HOME=/data

COPY . /source
RUN pip install --no-cache-dir -c /source/constraints.txt "/source[postgresql]" \
    && rm -rf /source \
    && mkdir -p /data/cache \
    && chown -R 10001:10001 /data

USER 10001
WORKDIR /tmp
EXPOSE 8000
CMD ["lossmask", "serve", "--host", "0.0.0.0", "--port", "8000"]
