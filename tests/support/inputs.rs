//! Files as people have them, with the values put in that do not stand in the repository.

#![allow(dead_code, reason = "each test uses its own part")]

/// Invented values by the names that the files give them, each in two parts so that none stands here.
const VALUES: [(&str, [&str; 2]); 13] = [
    ("K0", ["kdk_QzyaQYpkg4VAm1MmhGXN", "00tj38WjRs27pTf1"]),
    ("K1", ["kdk_g2RmeNftaKJakmIoy1mY", "qxOirLrkGY04YiNR"]),
    ("K2", ["kdk_oAWhUdVhMzKCpa5jcxgL", "ML2dq6C7gr3ekkCL"]),
    ("K3", ["kdk_dBjWqoWIq9LI38p5j83W", "XkuhKrn9Uk4WNJut"]),
    ("K4", ["kdk_KhHQz7ELwJjQGOlTtGpl", "h93uqmsTLo4YzNRu"]),
    ("K5", ["kdk_3rX9jwQn8AgV9Hwo8mqh", "e3HTHX05gE29RBCi"]),
    ("K6", ["kdk_388XQOjNlsqrPEOyEMeq", "iBgREF2r1A2lmiCZ"]),
    ("K8", ["kdk_3udD5g7qtGgR1GJwflfE", "xYis6M9Hra2VpweD"]),
    ("K10", ["kdk_8n4eawt7vq4UrTGswnWg", "GfJSG2Wdku19mXeD"]),
    ("PMAK", ["PMAK-888888888888888888888888-", "2222222222222222222222222222222222"]),
    ("GOVSG", ["anatan1_v1_", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]),
    ("EXAMPLE", ["kdk_0123456789ABCDEFGHIJ", "KLMNOPQRST1Ir0du"]),
    ("BEGIN", ["-----BEGIN PRIVATE", " KEY-----"]),
];

/// A value by its name.
pub fn value(name: &str) -> String {
    VALUES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is no value")).1.concat()
}

/// A file of `tests/inputs` as it is found.
pub fn input(file: &str) -> String {
    let text = match file {
        "acme.postman_environment.json" => include_str!("../inputs/acme.postman_environment.json"),
        "deploy.env" => include_str!("../inputs/deploy.env"),
        "ggshield.json" => include_str!("../inputs/ggshield.json"),
        "gitleaks.json" => include_str!("../inputs/gitleaks.json"),
        "inventory-excel.csv" => include_str!("../inputs/inventory-excel.csv"),
        "leaked-list.txt" => include_str!("../inputs/leaked-list.txt"),
        _ => panic!("{file} is no input"),
    };
    fill(text)
}

fn fill(text: &str) -> String {
    let mut text = text.replace("@END@", &value("BEGIN").replace("BEGIN", "END"));
    for (name, parts) in VALUES {
        let value = parts.concat();
        text = text.replace(&format!("@{name}@"), &value);
        for length in [20, 22, 39] {
            if let Some((first, rest)) = value.split_at_checked(length) {
                text = text.replace(&format!("@{name}:{length}@"), first).replace(&format!("@:{name}:{length}@"), rest);
            }
        }
    }
    text
}
