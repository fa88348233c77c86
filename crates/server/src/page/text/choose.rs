//! The page that says session or token. The advice itself comes from the core with its own words.

sentences! {
    /// The page that says session or token.
    ChooseText {
        title: "Session or token?", "세션과 토큰 중 무엇을 쓸까?";
        heading: "Session or token?", "세션을 쓸까, 토큰을 쓸까?";
        lead: "Neither is better in itself: it depends on what you need. Answer the questions to see which to use, why, and what goes wrong with the other.", "어느 쪽이 더 낫다고 할 수 없고, 요구 사항에 따라 달라집니다. 질문에 답하면 무엇을 써야 하는지, 그 이유는 무엇인지, 다른 쪽을 쓰면 어떤 문제가 생기는지 알려 드립니다.";
        more: "Other requirements", "그 밖의 요구 사항";
        usual: "Default (usual for this client)", "기본값(이 클라이언트의 일반적인 경우)";
        submit: "Show the advice", "권장 방식 보기";
        answer: "Advice", "권장 방식";
        whole_answers: "The answers used", "근거가 된 답변";
        flow: "Who keeps the state?", "상태를 누가 보관합니까?";
        remembers: "keeps the state", "상태 보관";
        sends: "sends", "전송";
        who_holds_what: "Who holds what", "누가 무엇을 가지고 있는가";
        credential: "Credential", "자격 증명";
        kept: "Stored in", "보관 위치";
        lives: "Lifetime", "유효 시간";
        csrf: "CSRF token", "CSRF 토큰";
        checked: "How it is checked", "확인 방법";
        why: "Why", "이유";
        otherwise: "What goes wrong otherwise", "다른 방식을 쓰면 생기는 문제";
        promises: "Good to know", "알아 둘 점";
        missing: "What admit cannot do yet", "admit이 아직 지원하지 않는 것";
        flip: "What would change the advice", "권장 방식이 달라지는 경우";
        paste: "Add to admit.toml", "admit.toml에 추가할 설정";
        paste_hint: "A section replaces the one of the same name.", "같은 이름의 섹션이 있으면 바꿔 넣으십시오.";
        nothing_to_paste: "Nothing: there is no setting for this yet.", "없습니다. 아직 해당하는 설정이 없습니다.";
        contradiction: "These answers contradict each other", "답변이 서로 모순됩니다";
        ways_out: "Changing any one of these resolves it", "다음 중 하나를 바꾸면 해결됩니다";
        as_command: "The same in a terminal:", "터미널에서 같은 결과를 보려면 다음을 실행하십시오.";
        unknown: "The address contains an unknown answer. Choose again.", "주소에 알 수 없는 답변이 들어 있습니다. 다시 선택하십시오.";
    }
}
