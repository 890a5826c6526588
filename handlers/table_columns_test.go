package handlers

import (
	"strings"
	"testing"

	"latchkey/access"
	"latchkey/views"
)

const firstColumns = "name,status,accessRules,lastLogin,createdBy,createdAt,updatedAt"

func TestColumnsPreference(t *testing.T) {
	tests := []struct{ name, stored, want string }{
		{"never chosen", "", firstColumns},
		{"order and choice are kept", "name,clientId,lastLogin", "name,clientId,lastLogin"},
		{"the name cannot be hidden or moved", "status,name", "name,status"},
		{"nonsense is dropped", "secret,,<b>,status,status", "name,status"},
		{"nothing but the name", "name", "name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(columnsOf(views.ApplicationsTable, access.Preferences{"applications.columns": tt.stored}), ",")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestColumnsFormMovesOneStep(t *testing.T) {
	ticked := []string{"name", "status", "lastLogin"}
	tests := []struct{ move, want string }{
		{"", "name,status,lastLogin"},
		{"lastLogin:up", "name,lastLogin,status"},
		{"status:down", "name,lastLogin,status"},
		{"status:up", "name,status,lastLogin"}, // never above the name
		{"name:down", "name,status,lastLogin"},
		{"lastLogin:down", "name,status,lastLogin"},
		{"clientId:up", "name,status,lastLogin"}, // hidden
	}
	for _, tt := range tests {
		if got := strings.Join(chooseColumns(views.ApplicationsTable, ticked, tt.move), ","); got != tt.want {
			t.Errorf("move %q: got %s, want %s", tt.move, got, tt.want)
		}
	}
}
