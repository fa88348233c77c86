//! What is said about passwords, wherever one is chosen (NIST SP 800-63B-4: length and a blocklist, no composition rules).

sentences! {
    /// What is said about passwords, wherever one is chosen.
    PasswordText {
        hint: "At least {} [character|characters]. Several ordinary words in a row work well.", "{}자 이상 입력하십시오. 평범한 단어 여러 개를 이어 쓰면 좋습니다.";
        short: "The password is too short: use at least {} [character|characters].", "비밀번호가 너무 짧습니다. {}자 이상 입력하십시오.";
        long: "The password is too long: use at most {} [character|characters].", "비밀번호가 너무 깁니다. {}자 이하로 입력하십시오.";
        common: "This password is one that attackers try first. Choose another.", "공격자가 가장 먼저 시도하는 비밀번호입니다. 다른 비밀번호를 선택하십시오.";
        from_username: "This password is made of the username. Choose another.", "사용자 이름으로 만든 비밀번호입니다. 다른 비밀번호를 선택하십시오.";
        repetition: "This password repeats one short piece. Choose another.", "짧은 문자열이 반복되는 비밀번호입니다. 다른 비밀번호를 선택하십시오.";
    }
}

impl PasswordText {
    /// The hint beside a field for a new password of at least `min_length` characters.
    #[must_use]
    pub fn hint_for(&self, min_length: usize) -> String {
        super::counted(self.hint, min_length)
    }
}
