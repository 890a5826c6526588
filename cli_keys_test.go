package main

import (
	"strings"
	"testing"
)

func TestKeysCommands(t *testing.T) {
	x := newTerminal(t)
	published := x.does("keys", "rotate")
	if !strings.Contains(published, "It signs from") {
		t.Errorf("keys rotate prints:\n%s", published)
	}
	x.fails(exitFailed, "published already", "keys", "rotate", "--algorithm", "EdDSA")
	x.fails(exitWrongUsage, "--algorithm", "keys", "rotate", "--algorithm", "HS256")
	list := x.does("keys", "list")
	for _, state := range []string{"Published", "Signs"} {
		if !strings.Contains(list, state) {
			t.Errorf("keys list has no key that is %s:\n%s", state, list)
		}
	}
	var signing string
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[2] == "Signs" {
			signing = fields[0]
		}
	}
	if out := x.does("keys", "withdraw", signing); !strings.Contains(out, "Withdrew "+signing) {
		t.Errorf("keys withdraw prints:\n%s", out)
	}
	if list := x.does("keys", "list", "--json"); !strings.Contains(list, `"state":"Withdrawn"`) || strings.Contains(list, `"state":"Published"`) {
		t.Errorf("after that, keys list prints:\n%s", list)
	}
	x.fails(exitFailed, "withdrawn already", "keys", "withdraw", signing)
	x.fails(exitFailed, "there is no such signing key", "keys", "withdraw", "nobody")
}

func TestTheLifetimeOfAKeyOnTheCommandLine(t *testing.T) {
	x := newTerminal(t)
	x.does("app", "create", "ci-1", "--key-lifetime", "90")
	x.does("app", "regenerate", "ci-1", "--key-lifetime", "never")
	x.fails(exitWrongUsage, "is not a lifetime", "app", "create", "ci-2", "--key-lifetime", "soon")
	x.fails(exitWrongUsage, "is not a lifetime", "app", "create", "ci-2", "--key-lifetime=-3")
}
