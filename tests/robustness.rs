//! Bad surroundings: nothing panics, nothing is lost, and the person is told what to do.

use std::process::Stdio;

use crate::crash::terminate;
use crate::support::{Home, START, repository};

fn example_file() -> String {
    repository("examples/wechat-theft/case.toml").display().to_string()
}

#[test]
fn files_and_folders_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    home.expect(0, &["bundle", "W-2026-0001"]);
    let mut folders = vec![home.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                assert!(mode == 0o600 || mode == 0o400, "{} {mode:o}", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 20);
}

#[test]
fn a_home_that_cannot_be_written_is_named() {
    let home = Home::new();
    // A file stands where the folder should be: this fails for root too.
    let blocked = home.path().join("blocked");
    std::fs::write(&blocked, b"").unwrap();
    let path = blocked.display().to_string();
    let output = home.program(&["--home", &path, "start", &example_file(), "--once"]).output();
    // `--home` may be given once only; that is a usage error, so it is given by the environment.
    assert_eq!(output.unwrap().status.code(), Some(2));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_appeal-daemon"))
        .env_clear()
        .env("APPEAL_HOME", &path)
        .args(["start", &example_file(), "--once"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(75));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("blocked") && said.contains("办法："), "{said}");
}

#[test]
fn a_damaged_ledger_is_refused_and_left_as_it_is() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let ledger = home.path().join("ledger.sqlite");
    for side in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = std::fs::remove_file(home.path().join(side));
    }
    let mut bytes = std::fs::read(&ledger).unwrap();
    bytes[..64].fill(b'x');
    std::fs::write(&ledger, &bytes).unwrap();
    let output = home.run(&["status"]);
    assert_eq!(output.status.code(), Some(75));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("已损坏") && said.contains("备份"), "{said}");
    assert_eq!(std::fs::read(&ledger).unwrap(), bytes);
}

#[test]
fn a_changed_entry_is_found() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let sql = "DROP TRIGGER events_are_never_changed; UPDATE events SET body = replace(body, 'bill.pdf', 'bill.xlsx') WHERE kind = 'evidence_added';";
    let connection = rusqlite::Connection::open(home.path().join("ledger.sqlite")).unwrap();
    connection.execute_batch(sql).unwrap();
    let output = home.run(&["status"]);
    assert_eq!(output.status.code(), Some(75));
    assert!(String::from_utf8(output.stderr).unwrap().contains("对不上"));
}

#[test]
fn a_ledger_of_a_newer_program_is_not_touched() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let connection = rusqlite::Connection::open(home.path().join("ledger.sqlite")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let output = home.run(&["status"]);
    assert_eq!(output.status.code(), Some(75));
    assert!(String::from_utf8(output.stderr).unwrap().contains("升级"));
}

#[test]
fn a_full_disk_ends_in_words_and_loses_nothing() {
    let home = Home::new();
    // No file may grow beyond 128 KiB: what a full disk does, for one process only.
    let script = "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\"";
    let start = |limited: bool| {
        let mut command = if limited {
            let mut command = std::process::Command::new("bash");
            command.args(["-c", script, env!("CARGO_BIN_EXE_appeal-daemon")]);
            command
        } else {
            std::process::Command::new(env!("CARGO_BIN_EXE_appeal-daemon"))
        };
        command
            .env_clear()
            .env("APPEAL_NO_KEYRING", "1")
            .args(["--home", &home.path().display().to_string()])
            .args(["start", &example_file(), "--once", "--at", START])
            .output()
            .unwrap()
    };
    let full = start(true);
    assert_eq!(full.status.code(), Some(75), "{}", String::from_utf8_lossy(&full.stderr));
    let said = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(said.contains("磁盘空间"), "{said}");
    let roomy = start(false);
    assert_eq!(roomy.status.code(), Some(3), "{}", String::from_utf8_lossy(&roomy.stderr));
}

#[test]
fn a_second_executor_hands_over_to_the_first() {
    let home = Home::new();
    let file = repository("examples/minimal/case.toml").display().to_string();
    let mut daemon = home.program(&["run"]);
    let mut daemon = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_lock(&home);
    let started = home.json(3, &["start", &file, "--once"]);
    assert_eq!(started["tasks"][0]["step"], "freeze-pay");
    let second = home.run(&["run"]);
    assert_eq!(second.status.code(), Some(75), "one executor a home");
    let case = started["case"].as_str().unwrap();
    home.expect(0, &["done", case, "freeze-pay"]);
    assert!(terminate(&mut daemon), "SIGTERM stops it within ten seconds");
}

/// Waits until the daemon holds the executor's lock.
fn wait_for_lock(home: &Home) {
    let path = home.path().join("executor.lock");
    for _ in 0..600 {
        let held = std::fs::File::open(&path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
        if held {
            return;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    panic!("the daemon does not start");
}

#[test]
fn a_foreground_start_stops_cleanly_too() {
    let home = Home::new();
    let file = repository("examples/minimal/case.toml").display().to_string();
    let mut child = home.program(&["start", &file]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("95017") {
        line.clear();
        assert!(
            std::io::BufRead::read_line(&mut out, &mut line).unwrap() > 0,
            "it says what to do"
        );
    }
    assert!(terminate(&mut child));
}

#[test]
fn personal_data_stays_out_of_errors() {
    let folder = crate::support::example(|text| {
        text.replace("11010519491231002X", "110105194912310021")
            .replace("13800138000", "1380013800012")
    });
    let file = folder.path().join("case.toml").display().to_string();
    let home = Home::new();
    let output = home.run(&["--json", "check", &file]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains("110105194912310021"), "{said}");
    let output = home.run(&["start", &file, "--once"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn usage_errors_are_two_and_unknown_names_get_the_nearest() {
    let home = Home::new();
    assert_eq!(home.run(&["strat"]).status.code(), Some(2));
    assert_eq!(home.run(&["start", "no-such-file.toml"]).status.code(), Some(1));
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let output = home.run(&["done", "W-2026-0001", "freze-pay"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("freeze-pay"));
    let output = home.run(&["done", "W-2026-0001", "freeze-pay", "--set", "agnet=1"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("agent"));
    let output = home.run(&["reply", "W-2026-0001", "open-ticket", "--outcome", "refused"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("还没有提交"));
}

#[test]
fn gbk_and_marked_files_are_read() {
    let text = std::fs::read_to_string(example_file()).unwrap();
    let (gbk, _, lossy) = encoding_rs::GBK.encode(&text);
    assert!(!lossy);
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for bytes in [gbk.into_owned(), marked] {
        let folder = crate::support::example(|text| text);
        std::fs::write(folder.path().join("case.toml"), &bytes).unwrap();
        let home = Home::new();
        let file = folder.path().join("case.toml").display().to_string();
        let started = home.json(3, &["start", &file, "--once", "--at", START]);
        assert_eq!(started["case"], "W-2026-0001");
    }
}
