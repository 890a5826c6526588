package views

import (
	"strings"
	"testing"
)

func TestBrowserWords(t *testing.T) {
	for agent, want := range map[string]string{
		"": "Unknown browser",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                                  "Chrome on Linux",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36":                          "Chrome on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0":          "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15":                  "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
		"Mozilla/5.0 (Android 15; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0":                                                                   "Firefox on Android",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36":    "Samsung Internet on Android",
		"curl/8.10.1":                     "curl",
		"Something/1.0 (Windows NT 10.0)": "Unknown browser on Windows",
		"<script>alert(1)</script>":       "Unknown browser",
	} {
		if got := browserWords(agent); got != want {
			t.Errorf("%q is told as %q, want %q", agent, got, want)
		}
	}
}

// FuzzBrowserWords: whatever the header holds, only our own words are told.
func FuzzBrowserWords(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36")
	f.Add("Edg/\x00 iPad\n<b>")
	f.Fuzz(func(t *testing.T, agent string) {
		browser, system, _ := strings.Cut(browserWords(agent), " on ")
		if !isWordOf(browser, browserMarks()) && browser != "Unknown browser" || system != "" && !isWordOf(system, systemMarks()) {
			t.Errorf("%q is told as %q on %q", agent, browser, system)
		}
	})
}

func isWordOf(word string, marks []agentMark) bool {
	for _, m := range marks {
		if m.word == word {
			return true
		}
	}
	return false
}
