//! The page that says session or token. The advice itself comes from the core with its own words.

sentences! {
    /// The page that says session or token.
    ChooseText {
        title: "Session or token?", "세션인가 토큰인가";
        heading: "Session or token?", "세션인가, 토큰인가?";
        lead: "Neither is better. It follows from what you need: say what that is, and see what to use, why, and what goes wrong with the other.", "어느 쪽이 더 낫다고 할 수 없습니다. 무엇이 필요한지에 따라 정해집니다. 답을 고르면 무엇을 쓸지, 왜 그런지, 다른 쪽을 고르면 무엇이 잘못되는지 알려 드립니다.";
        more: "What else is required", "그 밖의 요구 사항";
        usual: "As usual for this client", "이 클라이언트의 보통 경우";
        submit: "Show the advice", "조언 보기";
        answer: "Advice", "조언";
        whole_answers: "What it follows from", "이 조언의 근거가 된 답";
        flow: "Who remembers the state?", "누가 상태를 기억합니까?";
        remembers: "remembers the state", "상태를 기억함";
        sends: "sends", "보냄";
        who_holds_what: "Who holds what", "누가 무엇을 갖는가";
        credential: "Credential", "자격 증명";
        kept: "Kept", "보관";
        lives: "Lives", "수명";
        csrf: "CSRF token", "CSRF 토큰";
        checked: "How it is checked", "어떻게 확인하는가";
        why: "Why", "이유";
        otherwise: "What goes wrong otherwise", "그렇게 하지 않으면";
        promises: "To know", "알아 둘 것";
        missing: "What admit cannot do yet", "admit이 아직 하지 못하는 것";
        flip: "What would change it", "무엇이 달라지면 답이 바뀌는가";
        paste: "To paste into admit.toml", "admit.toml에 붙일 것";
        paste_hint: "Each section in place of the one of the same name.", "같은 이름의 절이 있으면 그 자리에 넣으십시오.";
        nothing_to_paste: "Nothing: there is no setting for this yet.", "없습니다. 아직 이를 위한 설정이 없습니다.";
        contradiction: "These answers contradict each other", "서로 모순되는 답입니다";
        ways_out: "Any one of these resolves it", "다음 중 하나만 바꾸면 풀립니다";
        as_command: "The same in a terminal:", "터미널에서 같은 결과를 보려면:";
        unknown: "The address holds an answer that does not exist. Choose again.", "주소에 없는 답이 들어 있습니다. 다시 고르십시오.";
    }
}
