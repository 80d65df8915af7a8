//! Several letters over one connection: what goes wrong with one is not the next one's, and nothing
//! is said of a letter because a connection grew old.

use crate::mail::sim::run::Life;
use crate::mail::sim::world::{At, Script, What};

fn arrivals(life: &mut Life) -> [usize; 3] {
    ["one", "two", "three"].map(|step| life.arrivals(step))
}

fn connections(life: &Life) -> u32 {
    life.world.lock().unwrap().connections
}

#[test]
fn what_is_due_together_goes_over_one_connection() {
    let mut life = Life::written(Vec::new());
    life.act();
    assert_eq!(arrivals(&mut life), [1, 1, 1]);
    assert_eq!(connections(&life), 1);
}

/// The second letter meets this on the connection that carried the first.
#[track_caller]
fn goes_over_a_new_one(second: Script) {
    let shown = format!("{second:?}");
    let mut life = Life::written(vec![Vec::new(), second]);
    life.act();
    assert_eq!(arrivals(&mut life), [1, 1, 1], "{shown}");
    assert_eq!(connections(&life), 2, "{shown}");
    assert_eq!(life.visit("two").submission.unwrap().refusals, 0, "{shown}");
}

#[test]
fn a_connection_that_fails_before_the_body_is_replaced_by_another() {
    for at in [At::Mail, At::Rcpt, At::Copy, At::Data] {
        goes_over_a_new_one(vec![(at, What::Drops)]);
        goes_over_a_new_one(vec![(at, What::Stalls)]);
    }
    goes_over_a_new_one(vec![(At::Mail, What::Says("450 MI:DMC too many in this connection"))]);
    goes_over_a_new_one(vec![(At::Mail, What::Says("421 4.7.0 closing"))]);
    goes_over_a_new_one(vec![(At::Rcpt, What::Says("421 4.7.0 closing"))]);
    // An answer of an earlier command, come twice: the server did not ask for the body.
    goes_over_a_new_one(vec![(At::Data, What::Says("250 ok"))]);
}

#[test]
fn a_refusal_of_the_letter_is_not_asked_for_twice() {
    for (at, said) in [
        (At::Rcpt, "550 5.1.1 User unknown"),
        (At::Rcpt, "451 4.7.1 try again later"),
        (At::Dot, "554 5.7.1 refused as spam"),
    ] {
        let mut life = Life::written(vec![Vec::new(), vec![(at, What::Says(said))]]);
        life.act();
        assert_eq!(life.arrivals("two"), 0, "{at:?} {said}");
        assert_eq!(life.visit("two").submission.unwrap().refusals, 1, "{at:?} {said}");
        assert_eq!(connections(&life), 1, "{at:?} {said}");
    }
}

#[test]
fn a_body_without_an_answer_is_in_doubt_on_an_old_connection_too() {
    for (at, arrived) in [(At::Body, 0), (At::Dot, 0), (At::Reply, 1)] {
        let mut life = Life::written(vec![Vec::new(), vec![(at, What::Drops)]]);
        life.act();
        assert!(life.visit("two").is_in_doubt(), "{at:?}");
        assert_eq!(life.arrivals("two"), arrived, "{at:?}");
        assert_eq!(connections(&life), 1, "{at:?}: it is not sent again");
    }
    // No answer to a body but one that says so means that it was taken.
    let mut life = Life::written(vec![Vec::new(), vec![(At::Dot, What::Says("354 what"))]]);
    life.act();
    assert!(life.visit("two").is_in_doubt());
}
