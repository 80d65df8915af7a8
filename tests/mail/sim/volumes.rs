//! A submission that takes several messages: each by itself, and what is said of one is of that one.

use appeal_daemon::runtime::acts::{Done, Reply};
use appeal_daemon::runtime::volumes::Mail;

use crate::mail::sim::run::Life;
use crate::mail::sim::world::{At, Script, What};

/// The first letter is taken; the second takes three messages, of which the first is taken.
fn split(then: Script) -> Life {
    let life = Life::written(vec![Vec::new(), Vec::new(), then]);
    life.world.lock().unwrap().size = Some(250_000);
    life
}

/// How often each message of a step arrived, in their order.
fn arrivals(life: &mut Life) -> Vec<usize> {
    let submission = life.visit("two").submission.unwrap();
    let volumes = submission.volumes();
    let world = life.world.lock().unwrap();
    volumes.iter().map(|volume| world.arrivals(&volume.message_id)).collect()
}

fn done(life: &mut Life, mail: Option<Mail>) -> bool {
    let case = life.case.clone();
    let done = Done { step: "two".into(), mail, ..Done::default() };
    life.open().done(&case, &done).is_ok()
}

#[test]
fn where_the_server_takes_less_it_goes_in_several() {
    let mut life = split(Vec::new());
    life.act();
    assert!(life.visit("two").confirmed_at().is_some());
    assert_eq!(arrivals(&mut life), [1, 1, 1]);
}

#[test]
fn a_word_is_about_the_message_it_names() {
    let mut life = split(vec![(At::Dot, What::Drops)]);
    life.act();
    assert!(life.visit("two").is_in_doubt());
    assert_eq!(arrivals(&mut life), [1, 0, 0]);
    let case = life.case.clone();
    assert!(life.open().approve(&case, &["two".to_owned()], true).is_err(), "of which?");
    assert!(!done(&mut life, None) && !done(&mut life, Some(Mail::One(1))));
    assert!(life.open().approve_mail_again(&case, "two", 3).is_err());
    life.open().approve_mail_again(&case, "two", 2).unwrap();
    life.act();
    assert_eq!(arrivals(&mut life), [1, 1, 1]);
    assert!(life.visit("two").confirmed_at().is_some());
}

#[test]
fn the_rest_follows_when_one_is_known_to_have_arrived() {
    let mut life = split(vec![(At::Reply, What::Drops)]);
    life.act();
    assert!(life.visit("two").is_in_doubt());
    assert!(done(&mut life, Some(Mail::One(2))));
    assert!(life.visit("two").confirmed_at().is_none(), "one is still to leave");
    assert!(!done(&mut life, None), "a bare word would drop it");
    life.act();
    assert_eq!(arrivals(&mut life), [1, 1, 1]);
    assert!(life.visit("two").confirmed_at().is_some());
}

#[test]
fn what_was_handed_over_otherwise_does_not_leave() {
    let mut life = split(vec![(At::Rcpt, What::Says("451 4.7.1 later"))]);
    life.act();
    assert!(done(&mut life, Some(Mail::All)));
    life.pass(600);
    life.act();
    assert_eq!(arrivals(&mut life), [1, 0, 0]);
}

#[test]
fn an_answer_that_ends_the_matter_ends_the_rest() {
    let mut life = split(vec![(At::Rcpt, What::Says("451 4.7.1 later"))]);
    life.act();
    let case = life.case.clone();
    let reply = Reply { step: "two".into(), outcome: "refused".into(), ..Reply::default() };
    life.open().reply(&case, &reply).unwrap();
    assert!(life.visit("two").confirmed_at().is_some(), "they have what left");
    life.pass(600);
    life.act();
    assert_eq!(arrivals(&mut life), [1]);
}
