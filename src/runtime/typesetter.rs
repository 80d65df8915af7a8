//! Where papers are set: in this process for a command that ends soon, in a child process for the
//! daemon, so that the memory a layout takes is given back and a fault in it stops nothing else.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::render::fonts::Fonts;
use crate::render::pdf::{Job, RenderError, Renderer};
use crate::runtime::bundled;
use crate::runtime::error::RuntimeError;

/// The hidden command that sets one paper: job on standard input, PDF on standard output.
pub const CHILD_COMMAND: &str = "set-paper";

/// The exit code with which the child says that its output is an error.
const CHILD_REFUSED: i32 = 65;

/// How often to ask whether the child has ended, and how often at most: two minutes together.
const WAIT: Duration = Duration::from_millis(5);
const LIMIT_WAITS: u32 = 24_000;

/// Sets papers.
#[derive(Debug)]
pub enum Typesetter {
    /// In this process; the renderer is made when it is first needed.
    Here(Option<Box<Renderer>>),
    /// In a child process of this program.
    Child(PathBuf),
}

impl Typesetter {
    /// Returns a typesetter for a command that ends soon.
    pub fn here() -> Self {
        Self::Here(None)
    }

    /// Returns a typesetter beside which that many others work in this process.
    pub fn beside(fonts: Arc<Fonts>, others: usize) -> Self {
        Self::Here(Some(Box::new(Renderer::beside(fonts, others))))
    }

    /// Sets a paper: a PDF, or a JPEG when it is made of a picture.
    pub fn make(&mut self, job: &Job) -> Result<Vec<u8>, RuntimeError> {
        match self {
            Self::Here(renderer) => {
                if renderer.is_none() {
                    *renderer = Some(Box::new(Renderer::new(fonts()?)));
                }
                let renderer = renderer.as_ref().expect("the renderer was just made");
                Ok(renderer.make(job)?)
            }
            Self::Child(program) => in_child(program, job),
        }
    }
}

/// Returns the bundled fonts, which are read once in a process.
pub fn fonts() -> Result<Arc<Fonts>, RuntimeError> {
    static FONTS: OnceLock<Arc<Fonts>> = OnceLock::new();
    if let Some(fonts) = FONTS.get() {
        return Ok(Arc::clone(fonts));
    }
    let fonts = Fonts::new(&bundled::fonts());
    let fonts = Arc::new(fonts.map_err(|error| RuntimeError::Ours(error.to_string()))?);
    Ok(Arc::clone(FONTS.get_or_init(|| fonts)))
}

fn in_child(program: &PathBuf, job: &Job) -> Result<Vec<u8>, RuntimeError> {
    let stopped = || RenderError::Renderer { name: job.name.clone() };
    let mut child = Command::new(program)
        .arg(CHILD_COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| stopped())?;
    let input = serde_json::to_vec(job).map_err(|_| stopped())?;
    let mut stdin = child.stdin.take().ok_or_else(stopped)?;
    // The child reads everything before it writes, so this cannot wait for it forever.
    stdin.write_all(&input).map_err(|_| stopped())?;
    drop(stdin);
    let (code, output) = finish(child).ok_or_else(stopped)?;
    match code {
        0 => Ok(output),
        CHILD_REFUSED => {
            let error: RenderError = serde_json::from_slice(&output).map_err(|_| stopped())?;
            Err(error.into())
        }
        _ => Err(stopped().into()),
    }
}

/// Waits for the child to end, or ends it when a template of someone's own goes round in circles.
fn finish(mut child: Child) -> Option<(i32, Vec<u8>)> {
    let mut stdout = child.stdout.take()?;
    let reader = std::thread::spawn(move || {
        let mut output = Vec::new();
        stdout.read_to_end(&mut output).map(|_| output)
    });
    for _ in 0..LIMIT_WAITS {
        if let Some(status) = child.try_wait().ok()? {
            let output = reader.join().ok()?.ok()?;
            return Some((status.code()?, output));
        }
        std::thread::park_timeout(WAIT);
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// Is the child: reads one job, writes its PDF or its error. Returns the exit code.
pub fn child_main() -> i32 {
    let mut input = Vec::new();
    if std::io::stdin().lock().read_to_end(&mut input).is_err() {
        return 70;
    }
    let Ok(job) = serde_json::from_slice::<Job>(&input) else { return 70 };
    let Ok(fonts) = fonts() else { return 70 };
    let (code, output) = match Renderer::new(fonts).make(&job) {
        Ok(pdf) => (0, pdf),
        Err(error) => (CHILD_REFUSED, serde_json::to_vec(&error).unwrap_or_default()),
    };
    if std::io::stdout().lock().write_all(&output).is_err() {
        return 70;
    }
    code
}
