package access

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// LogHead is the end of the audit log at one moment: how many events there were,
// and the hash that ties the last of them to all before it. Kept elsewhere, it
// proves later that none of them was changed or taken away. Zero is the head of
// an empty log.
type LogHead struct {
	Position int64
	Hash     [32]byte
}

// String is the form in which it is kept: the position and the hash in
// hexadecimal, such as "1042-9f3c...".
func (h LogHead) String() string {
	return strconv.FormatInt(h.Position, 10) + "-" + hex.EncodeToString(h.Hash[:])
}

// ParseLogHead reads what String has written; anything else is an *InvalidError.
func ParseLogHead(text string) (LogHead, error) {
	number, digits, _ := strings.Cut(strings.TrimSpace(text), "-")
	position, err := strconv.ParseUint(number, 10, 63)
	hash, hexErr := hex.DecodeString(digits)
	head := LogHead{Position: int64(position)}
	if err != nil || hexErr != nil || len(hash) != len(head.Hash) {
		return LogHead{}, Invalid("head", "A head is a number, a hyphen and 64 hexadecimal digits, as `latchkey audit head` prints it.")
	}
	copy(head.Hash[:], hash)
	return head, nil
}

// LogCheck is what came of a walk over the whole audit log.
type LogCheck struct {
	// Head is the last event up to which all is as it was written.
	Head LogHead
	// Fault is the first thing that is not, or nil.
	Fault *LogFault
}

// LogFaultKind is what was done to the audit log.
type LogFaultKind string

// The kinds of faults.
const (
	LogChanged   LogFaultKind = "changed"   // edited, or put in another's place
	LogRemoved   LogFaultKind = "removed"   // taken away before this one
	LogStray     LogFaultKind = "stray"     // put in by somebody else
	LogCutOff    LogFaultKind = "cut off"   // the newest taken away, this one being the last that is left
	LogRewritten LogFaultKind = "rewritten" // made anew from some earlier event on
)

// LogFault is the first event of the audit log at which something is wrong. It is
// an error whose text is for people.
type LogFault struct {
	Kind     LogFaultKind
	Position int64
	EventID  string // of the event there; empty if the log is empty
	Missing  int64  // how many were removed or cut off
}

func (f *LogFault) Error() string {
	at := fmt.Sprintf("event %d (%s)", f.Position, f.EventID)
	switch f.Kind {
	case LogRemoved:
		return fmt.Sprintf("the audit log was tampered with: %d events were removed before what is now %s", f.Missing, at)
	case LogStray:
		return fmt.Sprintf("the audit log was tampered with: event %s was put in by something else than Latchkey", f.EventID)
	case LogCutOff:
		return fmt.Sprintf("the audit log was tampered with: %d events after %s were cut off", f.Missing, at)
	case LogRewritten:
		return fmt.Sprintf("the audit log was tampered with: it was written anew, since %s is not the one of the head that was kept", at)
	default:
		return fmt.Sprintf("the audit log was tampered with: %s was edited, or moved from another place", at)
	}
}
