//! What can go wrong while a player acts.

/// Why a step of a player failed; it is tried again later.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlayerError {
    #[error("{verb} {path}")]
    Request {
        verb: &'static str,
        path: String,
        #[source]
        source: Box<kube::Error>,
    },
    #[error("{verb} {path}: the request cannot be built")]
    Malformed {
        verb: &'static str,
        path: String,
        #[source]
        source: http::Error,
    },
    #[error("refused: {0}")]
    Refused(String),
    #[error("the cluster serves no {0}")]
    NoSuchKind(String),
    #[error("making a certificate for {subject}")]
    Certificate {
        subject: String,
        #[source]
        source: rcgen::Error,
    },
}

impl PlayerError {
    /// What the server answered; `None` where it did not.
    pub fn status(&self) -> Option<&kube::core::Status> {
        match self {
            Self::Request { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            _ => None,
        }
    }

    /// The HTTP code the server answered with; 0 where it did not.
    pub fn code(&self) -> u16 {
        self.status().map_or(0, |status| status.code)
    }

    /// The server's words, for events and conditions.
    pub fn message(&self) -> String {
        self.status().map_or_else(|| self.to_string(), |status| status.message.clone())
    }
}
