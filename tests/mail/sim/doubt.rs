//! A message in doubt: when it leaves a second time by itself, and when it is the person's.

use appeal_daemon::workflow::doubt::Unproven;

use crate::mail::sim::run::Life;
use crate::mail::sim::world::{At, What};

/// The first letter is taken; the second came whole and the server vanished without taking it.
fn one_taken_one_vanished(then: &[(At, What)]) -> Life {
    let mut scripts = vec![Vec::new(), vec![(At::Dot, What::Drops)]];
    scripts.push(then.to_vec());
    Life::written(scripts)
}

/// Looks twice, as the daemon does: after a quarter of an hour and after the hour.
fn wait_and_look(life: &mut Life) {
    for minutes in [20, 45] {
        life.pass(minutes);
        life.look();
        life.act();
    }
}

#[track_caller]
fn unproven(life: &mut Life, step: &str) -> Option<Unproven> {
    let submission = life.visit(step).submission.unwrap();
    submission.unproven(submission.not_found.as_ref().expect("it was looked for"))
}

#[test]
fn where_copies_arrive_a_missing_one_lets_the_same_bytes_leave_once_more() {
    let mut life = one_taken_one_vanished(&[]);
    life.act();
    assert!(life.visit("one").confirmed_at().is_some());
    assert!(life.visit("two").is_in_doubt());
    life.pass(20);
    life.look();
    life.act();
    assert_eq!(unproven(&mut life, "two"), Some(Unproven::Early), "it may be on its way");
    life.pass(45);
    life.look();
    assert_eq!(unproven(&mut life, "two"), None);
    assert_eq!(life.arrivals("two"), 0);
    life.act();
    assert!(life.visit("two").confirmed_at().is_some());
    assert_eq!(life.arrivals("two"), 1);
}

#[test]
fn a_second_doubt_is_the_persons() {
    let mut life = one_taken_one_vanished(&[(At::Dot, What::Drops)]);
    life.act();
    wait_and_look(&mut life);
    assert!(life.visit("two").submission.unwrap().sent_again);
    wait_and_look(&mut life);
    life.pass(25 * 60);
    life.look();
    life.act();
    assert!(life.visit("two").is_in_doubt());
    assert_eq!(life.arrivals("two"), 0, "it is not sent a third time");
    life.approve_again("two");
    life.act();
    assert_eq!(life.arrivals("two"), 1, "unless the person says so");
    assert!(life.visit("two").confirmed_at().is_some());
}

#[test]
fn a_second_try_that_is_refused_for_now_is_made_again_after_another_look() {
    let mut life = one_taken_one_vanished(&[(At::Rcpt, What::Says("451 4.7.1 try later"))]);
    life.act();
    wait_and_look(&mut life);
    let submission = life.visit("two").submission.unwrap();
    assert!(life.visit("two").is_in_doubt() && !submission.sent_again, "of the first nobody knows");
    assert!(submission.held_until.is_some() && submission.not_found.is_none());
    life.act();
    assert_eq!(life.arrivals("two"), 0);
    life.pass(30);
    life.look();
    life.act();
    assert_eq!(life.arrivals("two"), 1);
}

#[test]
fn without_an_earlier_copy_nothing_is_proven() {
    let vanish = vec![(At::Dot, What::Drops)];
    let mut life = Life::written(vec![vanish.clone(), vanish]);
    life.act();
    wait_and_look(&mut life);
    assert_eq!(unproven(&mut life, "two"), Some(Unproven::NoWitness));
    assert_eq!((life.arrivals("one"), life.arrivals("two")), (0, 0));
}

#[test]
fn where_the_provider_keeps_no_copies_nothing_is_proven() {
    let mut life = one_taken_one_vanished(&[]);
    life.world.lock().unwrap().keeps_none = true;
    life.act();
    wait_and_look(&mut life);
    assert_eq!(unproven(&mut life, "two"), Some(Unproven::NoWitness));
    assert_eq!(life.arrivals("two"), 0);
}

#[test]
fn a_copy_the_server_did_not_agree_to_proves_nothing() {
    let no_copy = (At::Copy, What::Says("550 5.1.1 User unknown"));
    let mut life = Life::written(vec![Vec::new(), vec![no_copy, (At::Reply, What::Drops)]]);
    life.act();
    wait_and_look(&mut life);
    assert_eq!(unproven(&mut life, "two"), Some(Unproven::NoCopy));
    assert_eq!(life.arrivals("two"), 1, "it was taken, and is not sent again");
}

#[test]
fn a_copy_is_found_wherever_it_was_filed() {
    let mut life = Life::written(vec![Vec::new(), vec![(At::Reply, What::Drops)]]);
    life.world.lock().unwrap().copies = Some(("Junk", 0));
    life.act();
    assert!(life.visit("two").is_in_doubt());
    wait_and_look(&mut life);
    assert!(life.visit("two").confirmed_at().is_some());
    assert_eq!(life.arrivals("two"), 1);
}

#[test]
fn a_copy_that_is_late_is_waited_for() {
    let mut life = Life::written(vec![Vec::new(), vec![(At::Reply, What::Drops)]]);
    life.world.lock().unwrap().copies = Some(("INBOX", 55));
    life.act();
    wait_and_look(&mut life);
    assert!(life.visit("two").confirmed_at().is_some());
    assert_eq!(life.arrivals("two"), 1);
}
