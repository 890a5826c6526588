package access

import (
	"context"
	"fmt"
	"time"
)

const settingEntity = "setting"

// Settings are those of this moment.
func (s *Service) Settings(ctx context.Context, c Caller) (TenantSettings, error) {
	if err := c.require(ctx, s.repo, Read, Settings, TenantPath); err != nil {
		return TenantSettings{}, err
	}
	return s.storedSettings(ctx, s.repo)
}

// KeyPolicy is what forms offer to whoever may make a key.
func (s *Service) KeyPolicy(ctx context.Context) (KeyPolicy, error) {
	settings, err := s.storedSettings(ctx, s.repo)
	return settings.Keys, err
}

// TokenLifetime is what an application gets that has no lifetime of its own.
func (s *Service) TokenLifetime(ctx context.Context) (time.Duration, error) {
	settings, err := s.storedSettings(ctx, s.repo)
	return settings.TokenLifetime, err
}

// SessionTimes are asked for with every page, and so answered from memory: what
// another process has set holds within Config.FlushEvery.
func (s *Service) SessionTimes() SessionTimes {
	if held := s.present.Load(); held != nil {
		return held.settings.Sessions
	}
	return DefaultSettings().Sessions
}

// storedSettings reads every setting. One that was never set is the default, as
// is one that is no duration; one that is out of bounds is the nearest within.
func (s *Service) storedSettings(ctx context.Context, r Reader) (TenantSettings, error) {
	settings := DefaultSettings()
	stored, err := r.Settings(ctx)
	if err != nil {
		return settings, fmt.Errorf("read the settings: %w", err)
	}
	for _, known := range allSettings() {
		text := stored[known.name]
		if text == "" {
			continue
		}
		value, err := time.ParseDuration(text)
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "a setting is no duration; the default is used", "setting", known.name)
			continue
		}
		if !known.fits(value) {
			value = min(max(value, known.least), known.most)
		}
		*known.of(&settings) = value
	}
	return settings, nil
}

// ChangeSettings changes one section to what the caller wants. If somebody else
// changed it since it was as the caller was shown, it is ErrStale, and nothing
// happens; nil is whatever it was. If nothing differs there is no event.
func (s *Service) ChangeSettings(ctx context.Context, c Caller, section SettingsSection, was *TenantSettings, to TenantSettings) error {
	e := Event{Action: EventUpdate, EntityType: settingEntity, EntityID: string(section), EntityName: section.DisplayName()}
	err := s.change(ctx, c, e, func(ctx context.Context, tx Tx, e *Event) error {
		if err := c.require(ctx, tx, Update, Settings, TenantPath); err != nil {
			return err
		}
		if err := to.check(section); err != nil {
			return err
		}
		present, err := s.storedSettings(ctx, tx)
		if err != nil {
			return err
		}
		return present.become(ctx, tx, section, was, to, e)
	})
	if err != nil {
		return err
	}
	return s.refresh(ctx)
}

// become writes what differs, and tells of it in the event.
func (s TenantSettings) become(ctx context.Context, tx Tx, section SettingsSection, was *TenantSettings, to TenantSettings, e *Event) error {
	e.Metadata = map[string]string{}
	for _, known := range allSettings() {
		before, after := *known.of(&s), *known.of(&to)
		switch {
		case known.section != section:
			continue
		case was != nil && before != *known.of(was):
			return fmt.Errorf("setting %s: %w", known.name, ErrStale)
		case before == after:
			continue
		}
		e.Metadata["before."+known.name], e.Metadata["after."+known.name] = known.unit(before), known.unit(after)
		if err := tx.SetSetting(ctx, known.name, after.String()); err != nil {
			return err
		}
	}
	if len(e.Metadata) == 0 {
		e.Action = ""
	}
	return nil
}
