"""TLS and SASL for clients, so that their settings can be tested. Brokers and controllers talk plainly on loopback."""

import subprocess

import jars
from failure import Failure

# librdkafka before 2.6.1, as distributions have it, does not come to terms with SCRAM of Kafka 4.
MECHANISM = "PLAIN"
USER, PASSWORD = "tierline", "tierline-secret"  # of a broker on loopback that anyone here may stop


def protocol(tls, sasl):
    return {(False, False): "PLAINTEXT", (True, False): "SSL",
            (False, True): "SASL_PLAINTEXT", (True, True): "SASL_SSL"}[tls, sasl]


def openssl(*words):
    done = subprocess.run([jars.program("openssl"), *map(str, words)], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise Failure(f"openssl {words[0]} failed: {done.stderr.strip()}")


def make_certificates(folder):
    """ca.pem; broker.pem and client.pem, each a key and its certificate, signed by the CA."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, ca, days = folder / "ca.key", folder / "ca.pem", ("-days", 3650)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", key, "-out", ca, *days,
            "-subj", "/CN=Tierline test CA", "-addext", "keyUsage=critical,keyCertSign")
    for name in ("broker", "client"):
        own_key, request, certificate = (folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extensions = folder / f"{name}.ext"
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
        openssl("req", "-newkey", "rsa:2048", "-noenc", "-keyout", own_key, "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", key, "-CAcreateserial", "-out", certificate, *days,
                "-extfile", extensions)
        (folder / f"{name}.pem").write_text(own_key.read_text() + certificate.read_text())


def broker_settings(folder, tls, sasl):
    prefix, lines = "listener.name.clients.", {}
    if tls:
        lines |= {prefix + "ssl.keystore.type": "PEM", prefix + "ssl.keystore.location": folder / "broker.pem",
                  prefix + "ssl.truststore.type": "PEM", prefix + "ssl.truststore.location": folder / "ca.pem",
                  prefix + "ssl.client.auth": "requested"}
    if sasl:
        lines |= {prefix + "sasl.enabled.mechanisms": MECHANISM,
                  prefix + MECHANISM.lower() + ".sasl.jaas.config":
                      "org.apache.kafka.common.security.plain.PlainLoginModule required "
                      f'user_{USER}="{PASSWORD}";'}
    return lines


def client_settings(folder, tls, sasl):
    """In librdkafka's names."""
    lines = {"security.protocol": protocol(tls, sasl)} if tls or sasl else {}
    if tls:
        lines |= {"ssl.ca.location": folder / "ca.pem"}
    if sasl:
        lines |= {"sasl.mechanism": MECHANISM, "sasl.username": USER, "sasl.password": PASSWORD}
    return lines
