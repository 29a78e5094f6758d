//! One message at a door: read it, hand it on, answer it.

use std::panic::AssertUnwindSafe;

use async_nats::{HeaderMap, Message, Subject as NatsSubject};
use bytes::Bytes;
use futures_util::FutureExt;
use pantheon_events::{AgentId, CommandId};
use serde_json::json;

use crate::bus::Bus;
use crate::door::{BusReply, BusRequest, CommandHandler, Door, DoorOptions, HEARTBEAT};
use crate::subject::{Subject, agent_inbox};

/// A message that wants to be answered.
pub(crate) enum Call {
    /// Through the micro service, which counts it.
    Micro(async_nats::service::Request),
    /// Through a plain subscription.
    Plain(Message),
}

impl Call {
    pub(crate) fn message(&self) -> &Message {
        match self {
            Self::Micro(request) => &request.message,
            Self::Plain(message) => message,
        }
    }

    /// What is needed for an answer alone: a refusal that waits does not keep a large body.
    pub(crate) fn without_body(mut self) -> Self {
        match &mut self {
            Self::Micro(request) => request.message.payload = Bytes::new(),
            Self::Plain(message) => message.payload = Bytes::new(),
        }
        self
    }

    /// Answers, if there is an inbox that this caller may be answered in.
    pub(crate) async fn answer(self, bus: &Bus, reply: BusReply) {
        let message = self.message();
        let Some(inbox) = message.reply.clone() else {
            return;
        };
        if !may_answer(&message.subject, &inbox) {
            metrics::counter!("pantheon_nats_refused_total", "reason" => "reply_subject")
                .increment(1);
            tracing::warn!(subject = %message.subject, reply = %inbox, "no answer: the reply subject is not an inbox of the caller");
            return;
        }
        let (headers, body) = (headers_of(&reply), reply.body);
        let sent = match self {
            Self::Micro(request) => {
                bus.bounded(request.respond_with_headers(Ok(body), headers))
                    .await
            }
            Self::Plain(_) => bus.publish(inbox, headers, body).await,
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "an answer could not be sent; the caller repeats its command id");
        }
    }
}

/// An agent is answered in its own inbox, a service in one of the services'.
fn may_answer(subject: &NatsSubject, inbox: &str) -> bool {
    let literal = inbox
        .split('.')
        .all(|token| !token.is_empty() && token != "*" && token != ">");
    literal
        && match speaker(subject) {
            Some(agent) => inbox
                .strip_prefix(&agent_inbox(&agent))
                .is_some_and(|rest| rest.starts_with('.')),
            None => inbox.starts_with("_INBOX_SERVICE.") || is_random(inbox),
        }
}

/// The agent that a subject belongs to, whatever it says after that.
fn speaker(subject: &str) -> Option<AgentId> {
    let rest = subject.strip_prefix("pantheon.agent.")?;
    rest.split('.').next()?.parse().ok()
}

/// Whether an inbox is one that clients make up when nobody sets a prefix: on a server of the
/// operator's own, services have those. An agent's id has no capital letters, so it is no agent's.
fn is_random(inbox: &str) -> bool {
    let token = inbox
        .strip_prefix("_INBOX.")
        .and_then(|rest| rest.split('.').next());
    token.is_some_and(|token| token.bytes().any(|byte| byte.is_ascii_uppercase()))
}

/// Reads a message as a command, or says why it is none.
pub(crate) fn read(message: &Message, options: &DoorOptions) -> Result<BusRequest, BusReply> {
    let (door, aggregate, command) = match message.subject.parse::<Subject>() {
        Ok(Subject::Heartbeat(agent)) => (Door::Agent(agent), None, HEARTBEAT.to_owned()),
        Ok(Subject::AgentCommand { agent, command }) => (Door::Agent(agent), None, command),
        Ok(Subject::Command { aggregate, command }) => (Door::Service, Some(aggregate), command),
        Ok(_) => {
            return Err(problem(
                404,
                "not_found",
                "no command is taken on this subject",
            ));
        }
        Err(error) => return Err(problem(400, "malformed_request", &error.to_string())),
    };
    if message.payload.len() > options.max_payload {
        let limit = options.max_payload / 1024;
        return Err(problem(
            413,
            "body_too_large",
            &format!("a command is at most {limit} KiB"),
        ));
    }
    let header = |name: &str| {
        let value = message
            .headers
            .as_ref()
            .and_then(|headers| headers.get(name));
        value.map(|value| value.as_str().to_owned())
    };
    Ok(BusRequest {
        door,
        aggregate,
        command,
        command_id: header("Nats-Msg-Id").and_then(|id| id.parse::<CommandId>().ok()),
        authorization: header("Authorization"),
        traceparent: header("traceparent"),
        request_id: header("X-Request-Id"),
        expects_reply: message.reply.is_some(),
        body: message.payload.clone(),
    })
}

/// Runs the handler; its panic becomes an answer.
pub(crate) async fn handle<H: CommandHandler>(handler: &H, request: BusRequest) -> BusReply {
    let command = request.command.clone();
    match AssertUnwindSafe(handler.handle(request))
        .catch_unwind()
        .await
    {
        Ok(reply) => reply,
        Err(_) => {
            metrics::counter!("pantheon_nats_panics_total").increment(1);
            tracing::error!(%command, "the handler of a command panicked");
            problem(
                500,
                "internal",
                "something went wrong here; repeat the command under the same command id",
            )
        }
    }
}

/// The answer of a full door.
pub(crate) fn overloaded(retry_after: u64) -> BusReply {
    let mut reply = problem(
        503,
        "overloaded",
        "too many commands are at work; come again later",
    );
    reply.retry_after = Some(retry_after);
    reply
}

/// An error in the one form that all doors use (RFC 9457 and what clients read beside it).
fn problem(status: u16, code: &str, detail: &str) -> BusReply {
    let body = json!({
        "type": format!("/problems/{code}"), "title": code.replace('_', " "), "status": status,
        "detail": detail, "code": code, "error": code, "message": detail,
        "request_id": CommandId::generate(), "errors": [],
    });
    BusReply {
        status,
        body: Bytes::from(body.to_string()),
        retry_after: None,
    }
}

fn headers_of(reply: &BusReply) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if reply.status >= 400 {
        headers.insert("Nats-Service-Error-Code", reply.status.to_string());
        headers.insert("Nats-Service-Error", format!("status {}", reply.status));
    }
    if let Some(seconds) = reply.retry_after {
        headers.insert("Retry-After", seconds.to_string());
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(
        subject: &'static str,
        reply: Option<&'static str>,
        payload: &'static [u8],
    ) -> Message {
        Message {
            subject: subject.into(),
            reply: reply.map(Into::into),
            payload: Bytes::from_static(payload),
            headers: None,
            status: None,
            description: None,
            length: 0,
        }
    }

    #[test]
    fn the_caller_of_an_agents_subject_is_that_agent() {
        let read = read(
            &message("pantheon.agent.a1.cmd.claim_task", None, b"{}"),
            &DoorOptions::default(),
        );
        let request = read.expect("a command");
        assert_eq!(
            request.door,
            Door::Agent("a1".parse().expect("an agent id"))
        );
        assert_eq!(
            (request.aggregate, request.command.as_str()),
            (None, "claim_task")
        );
        assert!(!request.expects_reply);
    }

    #[test]
    fn a_command_id_header_counts_when_it_is_a_uuid() {
        let id = CommandId::generate();
        for (text, wanted) in [(id.to_string(), Some(id)), ("mine".to_owned(), None)] {
            let mut message = message("pantheon.cmd.task.create_task", None, b"{}");
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", text);
            message.headers = Some(headers);
            let request = read(&message, &DoorOptions::default()).expect("a command");
            assert_eq!(request.command_id, wanted);
        }
    }

    #[test]
    fn a_body_over_the_cap_is_refused() {
        let options = DoorOptions {
            max_payload: 4,
            ..DoorOptions::default()
        };
        let refused = read(
            &message("pantheon.cmd.task.create_task", None, b"12345"),
            &options,
        );
        assert_eq!(refused.expect_err("too large").status, 413);
    }

    #[test]
    fn nobody_is_answered_outside_of_an_inbox_of_its_own() {
        let agent = NatsSubject::from("pantheon.agent.a1.cmd.x");
        assert!(may_answer(&agent, "_INBOX.a1.abc.1"));
        for bad in [
            "_INBOX.a2.abc",
            "_INBOX.a1",
            "_INBOX.a11.x",
            "_INBOX.a1.>",
            "_INBOX.a1..x",
            "pantheon.head",
            "$JS.API.STREAM.DELETE.PANTHEON_EVENTS",
            "pantheon.evt.t.a.e.i",
            "_INBOX_PANTHEON.n.x",
            "_INBOX_SERVICE.s.x",
        ] {
            assert!(!may_answer(&agent, bad), "{bad}");
        }
        let service = NatsSubject::from("pantheon.cmd.task.create_task");
        assert!(may_answer(&service, "_INBOX_SERVICE.ci.1"));
        assert!(may_answer(&service, "_INBOX.Yihej2byNKyDL9RBUprATR.1"));
        for bad in [
            "_INBOX.a1.abc",
            "_INBOX_PANTHEON.n.x",
            "$SYS.REQ.USER.AUTH",
            "pantheon.agent.a1.tell",
        ] {
            assert!(!may_answer(&service, bad), "{bad}");
        }
    }

    #[test]
    fn a_full_door_says_when_to_come_again() {
        let reply = overloaded(2);
        let headers = headers_of(&reply);
        assert_eq!(
            headers.get("Retry-After").map(|v| v.as_str().to_owned()),
            Some("2".to_owned())
        );
        assert!(
            std::str::from_utf8(&reply.body)
                .expect("text")
                .contains("\"status\":503")
        );
    }
}
