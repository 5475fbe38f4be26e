"""Our own sentences for callers, in the language of the agent that they stand in for.

An operator's words are said as they are. Ours are English unless they stand here in another language, too.
"""

from __future__ import annotations

from .record.entries import Apology, CallBack, Voicemail

AN_AI = "This is an AI assistant."
CLOSED = "Sorry, we are closed at the moment. Please call again during our opening hours. Goodbye."
OUR_FAULT = "Sorry, we have called you, and something has gone wrong with our line. Goodbye."
TAKE_THE_CALL = "Press 1 to take the call, or any other key to decline it."  # to who is told about a caller
RECORDED = "This call is recorded from now on."
ENGLISH = "en"

# By language, the part of a BCP-47 code before the hyphen.
_OURS = {
    AN_AI: {
        "ar": "هذا مساعد يعمل بالذكاء الاصطناعي.",
        "cs": "Toto je asistent s umělou inteligencí.",
        "da": "Dette er en AI-assistent.",
        "de": "Hier spricht ein KI-Assistent.",
        "el": "Αυτός είναι ένας βοηθός τεχνητής νοημοσύνης.",
        "es": "Este es un asistente de inteligencia artificial.",
        "fi": "Tämä on tekoälyavustaja.",
        "fr": "Vous parlez à un assistant d'intelligence artificielle.",
        "hi": "यह एक एआई सहायक है।",
        "id": "Ini adalah asisten AI.",
        "it": "Questo è un assistente di intelligenza artificiale.",
        "ja": "こちらはAIアシスタントです。",
        "ko": "저는 AI 어시스턴트입니다.",
        "nl": "U spreekt met een AI-assistent.",
        "pl": "Tu asystent sztucznej inteligencji.",
        "pt": "Este é um assistente de inteligência artificial.",
        "ro": "Acesta este un asistent AI.",
        "ru": "Это ассистент на основе искусственного интеллекта.",
        "sv": "Det här är en AI-assistent.",
        "th": "นี่คือผู้ช่วย AI",
        "tr": "Ben bir yapay zekâ asistanıyım.",
        "uk": "Це асистент на основі штучного інтелекту.",
        "vi": "Đây là trợ lý AI.",
        "zh": "这里是人工智能助手。",
    },
    TAKE_THE_CALL: {
        "de": "Drücken Sie die 1, um den Anruf anzunehmen, oder eine andere Taste, um ihn abzulehnen.",
        "es": "Pulse 1 para atender la llamada, o cualquier otra tecla para rechazarla.",
        "fr": "Appuyez sur 1 pour prendre l'appel, ou sur une autre touche pour le refuser.",
        "it": "Prema 1 per accettare la chiamata, o un altro tasto per rifiutarla.",
        "nl": "Toets 1 om het gesprek aan te nemen, of een andere toets om het te weigeren.",
        "pt": "Prima 1 para atender a chamada, ou outra tecla para a recusar.",
    },
    RECORDED: {
        "de": "Dieses Gespräch wird von jetzt an aufgezeichnet.",
        "es": "A partir de ahora se graba esta llamada.",
        "fr": "À partir de maintenant, cet appel est enregistré.",
        "it": "Da questo momento la chiamata viene registrata.",
        "nl": "Vanaf nu wordt dit gesprek opgenomen.",
        "pt": "A partir de agora, esta chamada é gravada.",
    },
    CLOSED: {
        "de": "Wir haben zurzeit leider geschlossen. Bitte rufen Sie während unserer Öffnungszeiten wieder an. "
        "Auf Wiederhören.",
        "es": "Lo sentimos, ahora estamos cerrados. Por favor, llame de nuevo en nuestro horario de apertura. Adiós.",
        "fr": "Désolé, nous sommes fermés pour le moment. Merci de rappeler pendant nos heures d'ouverture. Au revoir.",
        "it": "Siamo spiacenti, in questo momento siamo chiusi. La preghiamo di richiamare negli orari di apertura. "
        "Arrivederci.",
        "nl": "Het spijt ons, we zijn op dit moment gesloten. Bel ons terug tijdens onze openingstijden. Tot ziens.",
        "pt": "Lamentamos, mas neste momento estamos fechados. Ligue novamente no nosso horário de funcionamento. "
        "Até logo.",
    },
    OUR_FAULT: {
        "de": "Wir haben Sie angerufen, und leider ist etwas mit unserer Leitung nicht in Ordnung. Auf Wiederhören.",
        "es": "Lo sentimos, le hemos llamado y hay un problema con nuestra línea. Adiós.",
        "fr": "Désolé, nous vous avons appelé et il y a un problème avec notre ligne. Au revoir.",
        "it": "Siamo spiacenti, l'abbiamo chiamata e c'è un problema con la nostra linea. Arrivederci.",
        "nl": "Het spijt ons, wij hebben u gebeld en er is iets mis met onze lijn. Tot ziens.",
        "pt": "Lamentamos, nós ligamos para você e há um problema com a nossa linha. Até logo.",
    },
    Apology().text: {
        "de": "Leider können wir Ihren Anruf gerade nicht annehmen. Bitte versuchen Sie es später noch einmal. "
        "Auf Wiederhören.",
        "es": "Lo sentimos, ahora no podemos atender su llamada. Inténtelo de nuevo más tarde. Adiós.",
        "fr": "Désolé, nous ne pouvons pas prendre votre appel pour le moment. Merci de rappeler plus tard. Au revoir.",
        "it": "Siamo spiacenti, al momento non possiamo rispondere. La preghiamo di riprovare più tardi. Arrivederci.",
        "nl": "Het spijt ons, we kunnen u nu niet te woord staan. Probeer het later nog eens. Tot ziens.",
        "pt": "Lamentamos, mas não podemos atender a sua chamada neste momento. Tente novamente mais tarde. Até logo.",
    },
    CallBack().text: {
        "de": "Leider ist gerade niemand frei. Wenn wir Sie unter dieser Nummer zurückrufen sollen, drücken Sie die 1. "
        "Um eine Nachricht zu hinterlassen, drücken Sie die 2.",
        "es": "Lo sentimos, ahora no hay nadie disponible. Si quiere que le llamemos a este número, pulse 1. "
        "Para dejar un mensaje, pulse 2.",
        "fr": "Désolé, personne n'est disponible pour le moment. Pour être rappelé à ce numéro, appuyez sur 1. "
        "Pour laisser un message, appuyez sur 2.",
        "it": "Siamo spiacenti, al momento nessuno è libero. Per essere richiamato a questo numero, prema 1. "
        "Per lasciare un messaggio, prema 2.",
        "nl": "Het spijt me, er is op dit moment niemand vrij. Wilt u op dit nummer worden teruggebeld, toets dan 1. "
        "Om een bericht achter te laten, toets 2.",
        "pt": "Lamento, mas neste momento ninguém está disponível. Para receber uma chamada neste número, prima 1. "
        "Para deixar uma mensagem, prima 2.",
    },
    CallBack().thanks: {
        "de": "Vielen Dank. Wir rufen Sie zurück. Auf Wiederhören.",
        "es": "Gracias. Le devolveremos la llamada. Adiós.",
        "fr": "Merci. Nous vous rappellerons. Au revoir.",
        "it": "Grazie. La richiameremo. Arrivederci.",
        "nl": "Dank u wel. We bellen u terug. Tot ziens.",
        "pt": "Obrigado. Ligaremos de volta. Até logo.",
    },
    Voicemail().words: {
        "de": "Bitte hinterlassen Sie nach dem Ton eine Nachricht.",
        "es": "Deje su mensaje después de la señal.",
        "fr": "Veuillez laisser un message après le bip.",
        "it": "Lasci un messaggio dopo il segnale acustico.",
        "nl": "Laat na de toon een bericht achter.",
        "pt": "Deixe uma mensagem após o sinal.",
    },
}


def spoken(text: str, language: str | None) -> tuple[str, str]:
    """What is said for `text`, and in which language (BCP-47); "" is the voice's own, which is English.

    `language`: the operator's for these words, or the agent's.
    """
    base = (language or ENGLISH).lower().partition("-")[0]
    if text not in _OURS or base == ENGLISH:
        return text, language or ""
    translated = _OURS[text].get(base)
    return (translated, language or "") if translated else (text, "")
