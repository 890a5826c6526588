package gallery

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// State is one component in one named state.
type State struct {
	Name      string // unique, such as "button/variants"; the golden file's path
	Component templ.Component
	Document  bool // a whole page; otherwise a fragment to be put in one
}

// Now is the moment every state is drawn at.
var Now = time.Date(2026, time.November, 23, 4, 10, 22, 0, time.UTC)

// States lists every state, sorted by name.
func States() []State {
	all := slices.Concat(partStates(), applicationStates(), accessRuleStates(), userStates(), dialogStates(), organizationStates(), accountStates(), referenceStates(), auditStates(), roleStates(), paletteStates(), settingsStates())
	slices.SortFunc(all, func(a, b State) int { return strings.Compare(a.Name, b.Name) })
	return all
}
