//! A daemon that carries a person through an appeal: freeze, capture, appeal, police report,
//! insurance claim, and every follow-up until the case is closed.

pub mod batch;
pub mod bills;
pub mod cli;
pub mod config;
pub mod domain;
pub mod evidence;
pub mod mail;
pub mod remind;
pub mod render;
pub mod runtime;
pub mod secrets;
pub mod store;
pub mod workflow;
