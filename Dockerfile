# One image for web, worker, beat and the migrations; see docker-compose.yml for how they stand together.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /portal
COPY requirements.txt requirements-sms.txt ./
RUN pip install --require-hashes -r requirements.txt \
    && pip install --require-hashes -r requirements-sms.txt
COPY . ./
# Neither needs a server or a secret.
RUN python manage.py collectstatic --noinput \
    && python manage.py sync_messages --compile-only \
    && python -m compileall -q .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /portal /portal
WORKDIR /portal
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=opinion_portal.settings \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=40s --retries=3 \
    CMD ["python", "-m", "opinion_portal.startup.answering"]
CMD ["python", "-m", "opinion_portal.startup.web"]
