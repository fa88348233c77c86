//! Addresses as they stand in configurations.

use super::*;

fn at(name: &str, port: u16) -> Host {
    Host { name: name.to_owned(), port }
}

#[test]
fn each_form_is_read() {
    let one = RedisAddress::parse("rediss://app:p%40ss%2F@redis.example:6380/3?prefix=shop:&ca=/etc/ca.pem").unwrap();
    assert_eq!(one.at, At::Server(at("redis.example", 6380)));
    assert_eq!((one.tls, one.database, one.prefix.as_str()), (true, 3, "shop:"));
    assert_eq!(one.username.as_deref(), Some("app"));
    assert_eq!(one.password().unwrap().as_deref(), Some("p@ss/"));
    let plain = RedisAddress::parse("redis://:secret@[::1]").unwrap();
    assert_eq!((plain.at, plain.username), (At::Server(at("::1", 6379)), None));
    let cluster = RedisAddress::parse("redis-cluster://a:7000,b").unwrap();
    assert_eq!(cluster.at, At::Cluster(vec![at("a", 7000), at("b", 6379)]));
    let sentinels = RedisAddress::parse("rediss-sentinel://a,b:26380/mymaster?db=2").unwrap();
    assert_eq!(sentinels.at, At::Sentinels(vec![at("a", 26379), at("b", 26380)], "mymaster".to_owned()));
    assert_eq!((sentinels.tls, sentinels.database), (true, 2));
    let socket = RedisAddress::parse("redis+unix:///run/redis.sock?db=1").unwrap();
    assert_eq!((socket.at, socket.database), (At::Socket("/run/redis.sock".into()), 1));
}

#[test]
fn what_is_no_address_is_refused_with_a_sentence_that_has_no_password_in_it() {
    for (text, words) in [
        ("http://hunter2@redis", "begins with none of redis://, rediss://"),
        ("redis.example:6379", "begins with none of redis://, rediss://"),
        ("redis://", "a host that is empty"),
        ("redis://:hun/ter2@redis", "password_file spares you"),
        ("redis://app:hunter2@redis:port", "from 1 to 65535"),
        ("redis://app:hunter%2@redis", "written %25"),
        ("redis://app:hunter2@redis/x", "is a number"),
        ("redis://app:hunter2@redis?password_file=/run/p", "leave one out"),
        ("redis://redis?hunter=2", "written %3F"),
        ("redis://:hun?ter2@redis", "%3F"),
        ("redis://redis?prefix=a&prefix=b", "has prefix twice"),
        ("redis://redis/1?db=1", "has db twice"),
        ("redis://redis,other", "several are of a redis-cluster"),
        ("redis+unix://redis/run/redis.sock", "names one host"),
        ("redis+unix://", "names one host"),
        ("redis://redis?danger_plain=false", "or left out"),
        ("redis://redis?prefix=%7Ba%7D", "has no { or }"),
        ("redis://redis?prefix={a}", "has no { or }"),
        ("redis://redis?ca=/etc/ca.pem", "begin it with rediss"),
        ("redis-cluster://a,b/1", "database 0 only"),
        ("redis-cluster://a?db=1", "database 0 only"),
        ("redis-sentinel://a", "name of the primary"),
        ("redis-sentinel://a/m?sentinel_user=hunter2", "no sentinel_password_file"),
    ] {
        let error = RedisAddress::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
        assert!(!error.contains("hunter2") && !error.contains("hun/") && !error.contains("ter2"), "{error}");
    }
}

#[test]
fn an_address_is_local_only_if_every_host_of_it_is() {
    for (text, remote) in [
        ("redis://localhost", None),
        ("redis://app:pw@[::1]:1/2", None),
        ("redis+unix:///run/redis.sock", None),
        ("redis-cluster://127.0.0.1:1,127.0.0.2:2", None),
        ("redis-cluster://127.0.0.1:1,cache.example:2", Some("cache.example")),
        ("redis-sentinel://localhost,[2001:db8::1]:1/m", Some("2001:db8::1")),
        ("redis://192.0.2.1/0?prefix=x@localhost", Some("192.0.2.1")),
        ("rediss://cache.example", Some("cache.example")),
    ] {
        let address = RedisAddress::parse(text).unwrap();
        assert_eq!((address.remote(), address.is_local()), (remote, remote.is_none()), "{text}");
        assert_eq!(address.is_encrypted(), text.starts_with("rediss"));
    }
}

#[test]
fn a_password_is_shown_nowhere_and_read_from_its_file_each_time() {
    let address = RedisAddress::parse("rediss://app:hunter2@redis").unwrap();
    assert!(!format!("{address} {address:?}").contains("hunter2"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let address = RedisAddress::parse(&format!("redis://redis?password_file={}", file.path().display())).unwrap();
    for password in ["one", "two"] {
        fs::write(file.path(), format!("{password}\n")).unwrap();
        assert_eq!(address.password().unwrap().as_deref(), Some(password));
    }
    drop(file);
    assert!(address.password().unwrap_err().to_string().starts_with("cannot read /"));
}
