//! A sender that sends and then writes down that it did, in the same world: the check must see what
//! becomes of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appeal_daemon::config::{Security, Smtp};
use appeal_daemon::mail::smtp::{Account, Delivery, Outcome, deliver_alone};
use secrecy::SecretString;
use tokio::time::sleep;

use crate::mail::sim::smtp;
use crate::mail::sim::world::{self, World};

/// Sends three letters until each is marked; returns how many were lost and how many doubled.
pub(super) fn live(seed: u64) -> (usize, usize) {
    let world = Arc::new(Mutex::new(World::new(seed, Arc::default())));
    let tokio = world::time_of_its_own();
    let settings = Smtp {
        host: "127.0.0.1".into(),
        port: 1,
        security: Security::None,
        user: Some("lin@mail.example".into()),
        from: "lin@mail.example".into(),
        ca_file: None,
        step_seconds: None,
        reply_seconds: None,
        plus: false,
        dkim: None,
        token_command: None,
    };
    let password = SecretString::from("swordfish".to_owned());
    let dial = smtp::dial(&world);
    let account = Account { settings: &settings, ca: None, password: Some(&password), dial: &dial };
    let ids = ["a@x", "b@x", "c@x"];
    let mut marked = [false; 3];
    for _ in 0..100 {
        for (id, marked) in ids.iter().zip(&mut marked).filter(|(_, marked)| !**marked) {
            let text = format!("Message-ID: <{id}>\r\nSubject: x\r\n\r\nx\r\n");
            let delivery = Delivery {
                sender: "lin@mail.example",
                recipient: "one@firm.example",
                bytes: text.as_bytes(),
            };
            let kill = Arc::clone(&world.lock().unwrap().kill);
            tokio.block_on(async {
                let go = |_| std::future::ready(Ok::<bool, std::convert::Infallible>(true));
                tokio::select! {
                    biased;
                    () = kill.notified() => {}
                    done = deliver_alone(&account, &delivery, go) => {
                        let outcome = done.unwrap();
                        // What was refused for good is given up, as the other sender does.
                        let refused = matches!(&outcome, Outcome::Refused(refusal)
                            if !refusal.class.passes_by_itself());
                        *marked = matches!(outcome, Outcome::Accepted { .. }) || refused;
                    }
                }
            });
            tokio.block_on(async { sleep(Duration::from_hours(3)).await });
        }
    }
    let world = world.lock().unwrap();
    let doubled = ids.iter().filter(|id| world.arrivals(id) > 1).count();
    let lost = marked.iter().filter(|marked| !**marked).count();
    (lost, doubled)
}
