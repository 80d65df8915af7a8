//! Writes the seeds into `corpus/<target>/` beside the manifest, once each is known to be read.

use std::path::Path;

use appeal_daemon_fuzz::bills::ole;
use appeal_daemon_fuzz::bills::read::{Options, read_bytes};
use appeal_daemon_fuzz::{book, letters, seeds};

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, seeds) in seeds::all() {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            check(target, number, seed);
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    mails(&corpus)
}

/// The mails of the tests; of the reports what follows their header; and one session with a server.
fn mails(corpus: &Path) -> std::io::Result<()> {
    for target in ["letter", "report", "mailbox"] {
        std::fs::create_dir_all(corpus.join(target))?;
    }
    let mails = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mail/corpus");
    for entry in std::fs::read_dir(mails)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let mail = std::fs::read(path)?;
        let body = mail.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        std::fs::write(corpus.join("report").join(&name), &mail[body..])?;
        std::fs::write(corpus.join("letter").join(&name), mail)?;
    }
    std::fs::write(corpus.join("mailbox").join("seed-0"), letters::SESSION)
}

/// A seed that is refused teaches a fuzzer little.
fn check(target: &str, number: usize, seed: &[u8]) {
    let file = match target {
        "map" => return,
        "xls" => ole::wrap(seed),
        "xlsx" => {
            let [sheet, texts, styles] = book::parts(seed);
            book::xlsx(sheet, texts, styles)
        }
        _ => seed.to_vec(),
    };
    let options = Options { passwords: vec!["123456".into()], ..Options::default() };
    if let Err(error) = read_bytes("seed", &file, 0, &options) {
        panic!("{target} {number}: {}", error.message().en);
    }
}
