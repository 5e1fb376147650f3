# docs/operations.md says how to use it.
FROM python:3.11-slim

RUN useradd --system --home-dir /var/lib/bcm-mqtt --create-home bcm-mqtt

WORKDIR /opt/bcm-mqtt
COPY requirements-run.txt ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-run.txt
COPY LICENSE ./
COPY bcm_mqtt ./bcm_mqtt
RUN python -m compileall -q bcm_mqtt
ENV PYTHONPATH=/opt/bcm-mqtt

USER bcm-mqtt
WORKDIR /var/lib/bcm-mqtt
VOLUME /var/lib/bcm-mqtt

# The bridge's, where bridge.metrics is configured with the default port.
EXPOSE 9480
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9480/healthz')"]

ENTRYPOINT ["python", "-m", "bcm_mqtt"]
CMD ["run", "-c", "/etc/bcm-mqtt/bcm.yaml"]
