package access

import (
	"strings"
	"testing"
)

func TestLogHeadIsReadAsItWasWritten(t *testing.T) {
	head := LogHead{Position: 1042, Hash: [32]byte{0x9f, 31: 0x0a}}
	text := head.String()
	for _, same := range []string{text, " " + text + "\n", strings.ToUpper(text)} {
		if got, err := ParseLogHead(same); err != nil || got != head {
			t.Errorf("%q is %v (%v), want %v", same, got, err, head)
		}
	}
	for _, wrong := range []string{"", "-", "1042", text[:len(text)-1], text + "0", text + "00", "-" + text, "+" + text, "x" + text, strings.Replace(text, "9f", "9g", 1), "99999999999999999999-" + text[5:]} {
		if got, err := ParseLogHead(wrong); err == nil {
			t.Errorf("%q is %v", wrong, got)
		}
	}
}

func FuzzParseLogHead(f *testing.F) {
	f.Add(LogHead{Position: 7}.String())
	f.Add("1-zz")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := ParseLogHead(text)
		if err != nil {
			return
		}
		if again, err := ParseLogHead(head.String()); err != nil || again != head {
			t.Errorf("%q is %v, and then %v (%v)", text, head, again, err)
		}
	})
}
