//! What is asked, and what may be answered. Everything is finite: [`Requirements::every`] lists all combinations.

use serde::{Deserialize, Serialize};

use super::words::{Words, words};

/// Declares one question: its enum, the names of the answers (as in flags, files and URLs), and the words for people.
macro_rules! question {
    ($(#[$about:meta])* $name:ident as $key:literal asks $en:literal, $ko:literal;
     $($(#[$doc:meta])* $variant:ident $tag:literal $say_en:literal, $say_ko:literal;)+) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $tag)] $variant,)+
        }

        impl $name {
            /// The name of the question.
            pub const KEY: &'static str = $key;
            /// The question for people.
            pub const ASKS: Words = words($en, $ko);
            /// Every answer, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of the answer.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $tag,)+ }
            }

            /// The answer for people.
            #[must_use]
            pub const fn says(self) -> Words {
                match self { $(Self::$variant => words($say_en, $say_ko),)+ }
            }
        }
    };
}

question! {
    /// What uses the server.
    Client as "client" asks "What is the client?", "클라이언트는 무엇입니까?";
    /// A server renders the pages; the browser only shows them.
    ServerRendered "server-rendered" "Pages that a server renders", "서버가 만들어 보내는 페이지";
    /// JavaScript in the browser, served from the site of the API.
    SameSiteSpa "same-site-spa" "A single-page app on the same site as its API", "API와 같은 사이트에 있는 단일 페이지 앱(SPA)";
    /// JavaScript in the browser, served from another site than the API.
    OtherSiteSpa "other-site-spa" "A single-page app on another site than its API", "API와 다른 사이트에 있는 단일 페이지 앱(SPA)";
    /// An app that people install on a phone or desktop.
    NativeApp "native-app" "An app that people install (phone or desktop)", "설치해서 쓰는 앱(휴대전화, 데스크톱)";
    /// A program of ours that acts for nobody in particular.
    Service "service" "A program of ours without a user (service, job, machine)", "사용자 없이 실행되는 자사 프로그램(서비스, 배치, 기기)";
    /// Programs that others write and run.
    ThirdParty "third-party" "Programs that other companies write against our API", "다른 회사가 우리 API를 쓰려고 만든 프로그램";
    /// A device that many people use in turn.
    Kiosk "kiosk" "A shared device: kiosk, till, terminal", "여러 사람이 함께 쓰는 기기(키오스크, 계산대, 단말기)";
}

question! {
    /// Who looks at the credential and decides.
    Checks as "checks" asks "Who checks who is calling?", "누가 호출했는지를 어디서 확인합니까?";
    /// admit itself, or the one app that it is built into.
    Here "here" "This server alone", "이 서버에서만";
    /// Further APIs that we run.
    OurServices "our-services" "Other services of ours too", "자사의 다른 서비스에서도";
    /// APIs that others run.
    TheirServices "their-services" "Services of other companies too", "다른 회사의 서비스에서도";
}

question! {
    /// How soon a logout or a ban must hold.
    Logout as "logout" asks "How quickly must a logout or disabling apply?", "로그아웃이나 계정 비활성화는 얼마나 빨리 적용되어야 합니까?";
    /// At the first request after it.
    NextRequest "next-request" "At the very next request", "바로 다음 요청부터";
    /// A few seconds later at most.
    Seconds "seconds" "Within seconds", "몇 초 안에";
    /// Minutes later, an hour at the very most.
    Minutes "minutes" "Minutes are fine (an hour at most)", "몇 분 늦어도 됨(길어도 한 시간)";
}

question! {
    /// How often roles change.
    Rights as "rights" asks "How often do people's rights change?", "사용자의 권한은 얼마나 자주 바뀝니까?";
    /// A few times a month.
    Rarely "rarely" "Rarely", "드물게";
    /// Every day, or a wrong right is expensive.
    Often "often" "Often, or a stale right is expensive", "자주 바뀌거나, 낡은 권한이 큰 손해가 됨";
}

question! {
    /// On how many registrable domains people are signed in.
    Sites as "sites" asks "On how many sites (registrable domains) are people signed in?", "몇 개의 사이트(등록 도메인)에 로그인합니까?";
    /// One: shop.example.org and www.example.org are one.
    One "one" "One (its subdomains included)", "하나(하위 도메인 포함)";
    /// More than one.
    Several "several" "Several", "여럿";
}

question! {
    /// How many nodes of this server there are.
    Nodes as "nodes" asks "On how many nodes does this server run?", "서버를 몇 대로 운영합니까?";
    /// One process.
    One "one" "One", "한 대";
    /// Several behind a balancer.
    Several "several" "Several, behind a balancer", "부하 분산기 뒤의 여러 대";
}

question! {
    /// Whether the client must decide without a network.
    Network as "network" asks "Must it go on without a network?", "네트워크 없이도 계속 써야 합니까?";
    /// It is online whenever it is used.
    Always "always" "No, it is online when it is used", "아니요, 쓸 때는 온라인입니다";
    /// It must work without a network for a while.
    Sometimes "sometimes" "Yes, for a while", "예, 얼마 동안은";
}

question! {
    /// Whether programs of others act in the name of our users.
    Others as "others" asks "Do programs of other companies act in our users' name?", "다른 회사의 프로그램이 우리 사용자의 이름으로 동작합니까?";
    /// None does.
    No "no" "No", "아니요";
    /// Some do.
    Yes "yes" "Yes", "예";
}

question! {
    /// What the law or a contract asks for.
    Assurance as "assurance" asks "Does regulation ask for high assurance?", "규제 때문에 높은 보증 수준이 필요합니까?";
    /// Nothing beyond good practice.
    Usual "usual" "No, good practice is enough", "아니요, 통상적인 수준이면 됩니다";
    /// Payments, health, government: NIST AAL3 limits.
    High "high" "Yes (payments, health, government)", "예(결제, 의료, 공공)";
}

/// All answers: what the advice is derived from, and nothing else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Requirements {
    /// What uses the server.
    pub client: Client,
    /// Who looks at the credential.
    pub checks: Checks,
    /// How soon a logout or ban must hold.
    pub logout: Logout,
    /// How often roles change.
    pub rights: Rights,
    /// How many sites there are.
    pub sites: Sites,
    /// How many nodes there are.
    pub nodes: Nodes,
    /// Whether it must go on without a network.
    pub network: Network,
    /// Whether programs of others act for our users.
    pub others: Others,
    /// What regulation asks for.
    pub assurance: Assurance,
}

impl Requirements {
    /// What is usual for a kind of client: the answers that hold unless another is given.
    #[must_use]
    pub const fn usual(client: Client) -> Self {
        let usual = Self {
            client,
            checks: Checks::Here,
            logout: Logout::NextRequest,
            rights: Rights::Rarely,
            sites: Sites::One,
            nodes: Nodes::One,
            network: Network::Always,
            others: Others::No,
            assurance: Assurance::Usual,
        };
        match client {
            Client::ServerRendered | Client::SameSiteSpa | Client::NativeApp | Client::Service => usual,
            Client::OtherSiteSpa => Self { sites: Sites::Several, ..usual },
            Client::ThirdParty => Self { others: Others::Yes, ..usual },
            Client::Kiosk => {
                Self { checks: Checks::OurServices, logout: Logout::Minutes, network: Network::Sometimes, ..usual }
            }
        }
    }

    /// Every combination of answers, 4,032 of them.
    pub fn every() -> impl Iterator<Item = Self> {
        let count: usize = Answer::QUESTIONS.iter().map(|question| question.answers().len()).product();
        (0..count).map(|number| {
            let mut left = number;
            let mut requirements = Self::usual(Client::ServerRendered);
            for question in Answer::QUESTIONS {
                let answers = question.answers();
                if let Some(answer) = answers.get(left % answers.len()) {
                    requirements = requirements.with(*answer);
                }
                left /= answers.len();
            }
            requirements
        })
    }

    /// The same, but for one answer.
    #[must_use]
    pub const fn with(self, answer: Answer) -> Self {
        match answer {
            Answer::Client(client) => Self { client, ..self },
            Answer::Checks(checks) => Self { checks, ..self },
            Answer::Logout(logout) => Self { logout, ..self },
            Answer::Rights(rights) => Self { rights, ..self },
            Answer::Sites(sites) => Self { sites, ..self },
            Answer::Nodes(nodes) => Self { nodes, ..self },
            Answer::Network(network) => Self { network, ..self },
            Answer::Others(others) => Self { others, ..self },
            Answer::Assurance(assurance) => Self { assurance, ..self },
        }
    }

    /// The answer to one question.
    #[must_use]
    pub const fn answer(&self, question: Question) -> Answer {
        match question {
            Question::Client => Answer::Client(self.client),
            Question::Checks => Answer::Checks(self.checks),
            Question::Logout => Answer::Logout(self.logout),
            Question::Rights => Answer::Rights(self.rights),
            Question::Sites => Answer::Sites(self.sites),
            Question::Nodes => Answer::Nodes(self.nodes),
            Question::Network => Answer::Network(self.network),
            Question::Others => Answer::Others(self.others),
            Question::Assurance => Answer::Assurance(self.assurance),
        }
    }

    /// Whether this is among the answers.
    #[must_use]
    pub fn has(&self, answer: Answer) -> bool {
        self.answer(answer.question()) == answer
    }
}

/// Declares [`Question`] and [`Answer`] over the enums above.
macro_rules! questions {
    ($($name:ident),+) => {
        /// One of the questions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Question { $(#[doc = concat!("[`", stringify!($name), "`]")] $name,)+ }

        /// One answer to one question.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Answer { $(#[doc = concat!("To [`Question::", stringify!($name), "`].")] $name($name),)+ }

        impl Question {
            /// Its name, as in flags, files and URLs.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $name::KEY,)+ }
            }

            /// As it is put to people.
            #[must_use]
            pub const fn asks(self) -> Words {
                match self { $(Self::$name => $name::ASKS,)+ }
            }

            /// What may be answered, in the order in which it is shown.
            #[must_use]
            pub fn answers(self) -> Vec<Answer> {
                match self { $(Self::$name => $name::ALL.iter().copied().map(Answer::$name).collect(),)+ }
            }

            /// The answer of this name. `None` when there is no such answer.
            #[must_use]
            pub fn parse(self, name: &str) -> Option<Answer> {
                self.answers().into_iter().find(|answer| answer.name() == name)
            }
        }

        impl Answer {
            /// Every question, in the order in which they are asked.
            pub const QUESTIONS: &'static [Question] = &[$(Question::$name,)+];

            /// What it answers.
            #[must_use]
            pub const fn question(self) -> Question {
                match self { $(Self::$name(_) => Question::$name,)+ }
            }

            /// Its name, as in flags, files and URLs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name(answer) => answer.name(),)+ }
            }

            /// As it is shown to people.
            #[must_use]
            pub const fn says(self) -> Words {
                match self { $(Self::$name(answer) => answer.says(),)+ }
            }
        }
    };
}

questions!(Client, Checks, Logout, Rights, Sites, Nodes, Network, Others, Assurance);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_combination_comes_once() {
        let all: HashSet<Requirements> = Requirements::every().collect();
        assert_eq!((all.len(), Requirements::every().count()), (4032, 4032));
        assert!(Client::ALL.iter().all(|client| all.contains(&Requirements::usual(*client))));
    }

    #[test]
    fn an_answer_is_found_by_its_name_and_by_no_other() {
        for question in Answer::QUESTIONS {
            for answer in question.answers() {
                assert_eq!(question.parse(answer.name()), Some(answer));
                assert_eq!(Requirements::usual(Client::Kiosk).with(answer).answer(*question), answer);
            }
            assert_eq!(question.parse("nonsense"), None);
        }
    }
}
