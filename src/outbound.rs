//! Calls to services outside, over TLS.
//!
//! One answer to one request: no redirect is followed, nothing is waited for longer than a deadline, and
//! no more is read than a limit, because whoever answers may be anybody. Certificates are checked against
//! the machine's authorities (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others), or against Mozilla's when
//! the machine has none.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

/// Most bytes of an answer.
const LONGEST: usize = 1024 * 1024;

/// Why there is no answer. None of the texts holds what was sent.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// Nobody is there, or the connection broke off.
    #[error("no connection: {0}")]
    Connect(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off or is too long.
    #[error("the answer cannot be read: {0}")]
    Answer(Box<dyn std::error::Error + Send + Sync>),
    /// Nothing came in time.
    #[error("no answer in time")]
    TimedOut,
}

/// A client of services outside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Default for Outbound {
    fn default() -> Self {
        Self::new()
    }
}

impl Outbound {
    /// With the authorities that this machine trusts.
    #[must_use]
    pub fn new() -> Self {
        Self::trusting(authorities())
    }

    fn trusting(authorities: RootCertStore) -> Self {
        // Named, not taken from the process: whichever other crate installs one changes nothing here.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the suites of TLS 1.2 and 1.3")
            .with_root_certificates(authorities)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client }
    }

    /// The answer to a request, whatever its status.
    ///
    /// # Errors
    /// There is none within `patience`, or it is too long.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        patience: Duration,
    ) -> Result<Response<Bytes>, OutboundError> {
        let answered = async {
            let (head, body) = self.client.request(request).await?.into_parts();
            let body = Limited::new(body, LONGEST).collect().await;
            let body = body.map_err(OutboundError::Answer)?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        tokio::time::timeout(patience, answered)
            .await
            .unwrap_or(Err(OutboundError::TimedOut))
    }
}

fn authorities() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a certificate authority of this machine cannot be read");
    }
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(found.certs);
    if authorities.is_empty() {
        authorities.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    authorities
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;
    use rustls::ServerConfig;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Says this to everybody, over TLS, as `localhost`.
    async fn service(answer: String) -> (u16, CertificateDer<'static>) {
        let made = generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a key");
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key);
        let acceptor = TlsAcceptor::from(Arc::new(config.expect("a configuration")));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever does not trust it hangs up.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        (port, certificate)
    }

    async fn ask(
        client: &Outbound,
        host: &str,
        port: u16,
    ) -> Result<Response<Bytes>, OutboundError> {
        let request = Request::get(format!("https://{host}:{port}/"));
        let request = request.body(Full::default()).expect("a request");
        client.send(request, PATIENCE).await
    }

    #[tokio::test]
    async fn a_service_is_heard_when_an_authority_vouches_for_its_name() {
        let answer = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 2\r\n\r\nhi";
        let (port, certificate) = service(answer.to_owned()).await;
        let mut authorities = RootCertStore::empty();
        authorities.add(certificate).expect("an authority");
        let knows_it = Outbound::trusting(authorities);
        let heard = ask(&knows_it, "localhost", port).await.expect("an answer");
        // A redirect is an answer like any other.
        assert_eq!(
            (heard.status().as_u16(), &heard.body()[..]),
            (302, &b"hi"[..])
        );

        let other_name = ask(&knows_it, "127.0.0.1", port).await;
        assert!(matches!(other_name, Err(OutboundError::Connect(_))));
        let stranger = ask(&Outbound::new(), "localhost", port).await;
        assert!(matches!(stranger, Err(OutboundError::Connect(_))));
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_not_read() {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", LONGEST + 1);
        let (port, certificate) = service(head + &"x".repeat(LONGEST + 1)).await;
        let mut authorities = RootCertStore::empty();
        authorities.add(certificate).expect("an authority");
        let heard = ask(&Outbound::trusting(authorities), "localhost", port).await;
        assert!(matches!(heard, Err(OutboundError::Answer(_))), "{heard:?}");
    }

    #[tokio::test]
    async fn a_service_that_says_nothing_is_given_up() {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = silent.local_addr().expect("an address").port();
        let request = Request::get(format!("http://127.0.0.1:{port}/"));
        let request = request.body(Full::default()).expect("a request");
        let heard = Outbound::new()
            .send(request, Duration::from_millis(10))
            .await;
        assert!(matches!(heard, Err(OutboundError::TimedOut)));
    }
}
