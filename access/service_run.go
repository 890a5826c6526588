package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const (
	refreshEvery = time.Minute // what can wait that long
	purgeEvery   = time.Hour
	lastFlush    = 5 * time.Second // how long the last write may take at the end
	lastBatch    = 5 * time.Second // and the last batch of a bulk job
)

// Run does the background work (recording uses and, as often, looking for keys
// and settings that other processes made, emptying the bin) until ctx ends, then stops the
// bulk jobs after the batches in hand, and flushes once more. It returns nil when ctx ends; trouble on the way is logged, and
// tried again.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(s.cfg.FlushEvery)
	defer ticker.Stop()
	refreshed, purged := s.now(), time.Time{}
	for {
		select {
		case <-ctx.Done():
			return s.finish(ctx)
		case <-ticker.C:
			s.try(ctx, "record what tokens were used", s.flushThriftily)
			s.try(ctx, "look for new settings and signing keys", s.refresh)
		}
		if now := s.now(); now.Sub(refreshed) >= refreshEvery {
			refreshed = now
			s.try(ctx, "forget kept answers", s.forgetAnswers)
			s.try(ctx, "forget expired tokens", s.forgetTokens)
			s.checkClock(ctx)
		}
		if now := s.now(); now.Sub(purged) >= purgeEvery {
			purged = now
			s.try(ctx, "empty the bin", s.EmptyBin)
			s.try(ctx, "forget old failures", s.forgetFailures)
			s.try(ctx, "tell the head of the audit log", s.tellHead)
		}
	}
}

// finish stops the bulk jobs and writes what is still gathered; ctx has ended,
// but that must be done.
func (s *Service) finish(ctx context.Context) error {
	s.stopBulk(context.WithoutCancel(ctx), lastBatch)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	return s.Flush(ctx)
}

func (s *Service) try(ctx context.Context, what string, do func(context.Context) error) {
	if err := do(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.cfg.Log.ErrorContext(ctx, "could not "+what+"; it will be tried again", "error", err)
	}
}

// Flush writes the gathered uses, failures and denials now, all of them. What cannot be
// written is kept for the next time.
func (s *Service) Flush(ctx context.Context) error { return s.flush(ctx, true) }

// flushThriftily leaves out those of a source that has failed a lot lately: they
// are told of together, later.
func (s *Service) flushThriftily(ctx context.Context) error { return s.flush(ctx, false) }

func (s *Service) flush(ctx context.Context, all bool) error {
	uses, failures, denials := s.uses.take(), s.failures.take(all), s.denials.take(all)
	if len(uses) == 0 && len(failures) == 0 && len(denials) == 0 {
		return nil
	}
	events, err := s.completeAll(slices.Concat(failures, denials))
	if err == nil {
		err = s.repo.RecordUses(ctx, uses, events)
	}
	if err != nil {
		for _, use := range uses {
			s.uses.add(use)
		}
		s.failures.putBack(failures)
		s.denials.putBack(denials)
		return fmt.Errorf("record uses: %w", err)
	}
	return nil
}

func (s *Service) completeAll(failures []Event) ([]Event, error) {
	events := make([]Event, len(failures))
	for i, e := range failures {
		complete, err := s.complete(Caller{Principal: Principal{Subject: e.Subject}, Origin: e.Origin}, e)
		if err != nil {
			return nil, err
		}
		events[i] = complete
	}
	return events, nil
}

// EmptyBin removes for good what was deleted longer than BinRetention ago.
func (s *Service) EmptyBin(ctx context.Context) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		n, err := tx.PurgeApplications(ctx, s.now().Add(-BinRetention))
		if err != nil || n == 0 {
			return err
		}
		return s.record(ctx, tx, itself(), Event{
			Action: EventDelete, EntityType: applicationEntity, EntityName: "bin",
			Metadata: map[string]string{"count": strconv.Itoa(n), "reason": "deleted more than 30 days ago"},
		})
	})
}

// forgetFailures removes the memory of sign-ins that failed too long ago to
// count: names that strangers made up would otherwise stay for ever.
func (s *Service) forgetFailures(ctx context.Context) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.PurgeThrottles(ctx, s.now().Add(-throttleMemory))
	})
}
