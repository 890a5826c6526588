package views

import "strings"

// agentMark is a piece of a User-Agent header and what it gives away.
type agentMark struct{ piece, word string }

// Browsers name others for compatibility, so that the order matters: Edge says
// Chrome and Safari as well, and Chrome says Safari.
func browserMarks() []agentMark {
	return []agentMark{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"}, {"curl/", "curl"},
	}
}

// Android says Linux, and an iPad or an iPhone says Mac OS X.
func systemMarks() []agentMark {
	return []agentMark{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
}

// browserWords tells a browser as its owner knows it, such as "Chrome on Linux".
// They are for recognising and not proof of anything: whoever asks writes the
// header.
func browserWords(userAgent string) string {
	browser, system := marked(userAgent, browserMarks()), marked(userAgent, systemMarks())
	if browser == "" {
		browser = "Unknown browser"
	}
	if system == "" {
		return browser
	}
	return browser + " on " + system
}

func marked(userAgent string, marks []agentMark) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m.piece) {
			return m.word
		}
	}
	return ""
}
