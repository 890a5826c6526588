package static_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// The pairs of tokens that meet on the screen, and the contrast WCAG 2.2 wants of them: 4.5 for text (1.4.3), 3 for
// the edges of controls and for focus (1.4.11).
var contrasts = []struct {
	ink, paper string
	atLeast    float64
}{
	{"ink", "canvas", 7}, {"ink", "surface", 7}, {"ink", "raised", 7}, {"ink", "sunken", 7}, {"ink", "juniper-soft", 4.5},
	{"muted", "canvas", 4.5}, {"muted", "surface", 4.5}, {"muted", "raised", 4.5}, {"muted", "sunken", 4.5}, {"muted", "juniper-soft", 4.5},
	{"juniper", "canvas", 4.5}, {"juniper", "surface", 4.5}, {"juniper", "raised", 4.5}, {"juniper", "juniper-soft", 4.5},
	{"on-juniper", "juniper", 4.5}, {"on-juniper", "juniper-hover", 4.5},
	{"positive", "positive-soft", 4.5}, {"positive", "surface", 4.5}, {"warning", "warning-soft", 4.5}, {"warning", "raised", 4.5},
	{"danger", "danger-soft", 4.5}, {"danger", "surface", 4.5}, {"danger", "raised", 4.5}, {"danger", "canvas", 4.5},
	{"on-danger", "danger", 4.5}, {"on-danger", "danger-hover", 4.5},
	{"edge", "canvas", 3}, {"edge", "surface", 3}, {"edge", "raised", 3},
	{"ember", "canvas", 3}, {"ember", "surface", 3}, {"ember", "raised", 3}, {"ember", "sunken", 3}, {"ember", "juniper-soft", 3}, {"ember", "danger-soft", 3},
}

func TestTokensKeepTheirContrast(t *testing.T) {
	config, err := os.ReadFile("../tailwind.config.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		block := regexp.MustCompile(`(?s)const ` + theme + ` = \{(.*?)\n\}`).FindSubmatch(config)
		if block == nil {
			t.Fatalf("tailwind.config.js has no theme %s", theme)
		}
		tokens := map[string]string{}
		for _, m := range regexp.MustCompile(`'--([a-z0-9-]+)': '(#[0-9a-f]{6})'`).FindAllSubmatch(block[1], -1) {
			tokens[string(m[1])] = string(m[2])
		}
		for _, c := range contrasts {
			ink, paper := tokens[c.ink], tokens[c.paper]
			if ink == "" || paper == "" {
				t.Errorf("%s: no colour for %s or %s", theme, c.ink, c.paper)
				continue
			}
			if got := contrast(t, ink, paper); got < c.atLeast {
				t.Errorf("%s: %s %s on %s %s is %.2f:1, want %.1f:1", theme, c.ink, ink, c.paper, paper, got, c.atLeast)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	weights := []float64{0.2126, 0.7152, 0.0722}
	sum := 0.0
	for i, weight := range weights {
		channel, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(channel) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
