use super::*;

#[test]
fn what_is_typed_or_pasted_is_not_in_debug() {
    assert_eq!(format!("{:?}", Input::Paste("not a real secret".into())), "Paste(…)");
    assert_eq!(format!("{:?}", Input::Key('q'.into())), "Key(…)");
}

#[test]
fn the_gate_holds_the_reader_and_lets_it_go() {
    let (woken, waker) = io::pipe().unwrap();
    let gate = Arc::new(Gate { waker, state: Mutex::default(), changed: Condvar::new() });
    assert_eq!(gate.pass(), Some(false));
    let (told, hears) = std::sync::mpsc::channel();
    let reader = {
        let gate = Arc::clone(&gate);
        thread::spawn(move || {
            while let Some(was_held) = gate.pass() {
                if told.send(was_held).is_err() {
                    return;
                }
            }
        })
    };
    hears.recv().unwrap();
    gate.close();
    while hears.try_recv().is_ok() {}
    assert!(hears.try_recv().is_err());
    gate.open();
    assert!(hears.recv().unwrap(), "the reader is told that it was held");
    gate.end();
    reader.join().unwrap();
    gate.leave();
    gate.close();
    assert_eq!(rustix::io::read(&woken, &mut [0; 16]), Ok(3), "whoever waits in a read is woken");
}
