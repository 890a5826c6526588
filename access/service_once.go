package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

const (
	// answerKept is how long a lost answer can be asked for again: it may hold a
	// secret key.
	answerKept = 10 * time.Minute
	// answerKnown is how long a key is known to have been used.
	answerKnown = 24 * time.Hour
	// answerTakes is how long a request may take; if there is no answer then,
	// the process that worked on it has ended.
	answerTakes = time.Minute

	maxOnceKey = 255 // bytes
	onceField  = "Idempotency-Key"
)

// Once does something for a request that bears a key, and does not do it again
// when the same caller sends the same request with the same key: for ten minutes
// the answer is then the first one's, and replayed is true. The answer is kept
// sealed, and blotted out after that. If do fails, nothing is remembered.
//
// A key that was used with another request is an *InvalidError; one whose
// answer is not there yet, is no longer kept, or never came is a
// *ConflictError, and nothing is done.
func (s *Service) Once(ctx context.Context, c Caller, key string, request []byte, do func(context.Context) ([]byte, error)) (answer []byte, replayed bool, err error) {
	if !canBeOnceKey(key) {
		return nil, false, Invalid(onceField, "The key is 1 to %d visible ASCII characters, such as a UUID.", maxOnceKey)
	}
	asked := StoredAnswer{Key: onceKey(c, key), Request: sha256.Sum256(request), CreatedAt: s.now()}
	earlier, err := s.askOnce(ctx, asked)
	if err != nil {
		return nil, false, err
	}
	if !earlier.CreatedAt.IsZero() {
		answer, err = s.replay(asked, earlier)
		return answer, err == nil, err
	}
	answer, err = do(ctx)
	// Whether or not the client still waits: it is those who left that ask again.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		return nil, false, errors.Join(err, s.forgetOnce(ctx, asked))
	}
	if err := s.keepAnswer(ctx, asked, answer); err != nil {
		s.cfg.Log.ErrorContext(ctx, "an answer could not be kept for its Idempotency-Key", "error", err)
	}
	return answer, false, nil
}

func canBeOnceKey(key string) bool {
	if key == "" || len(key) > maxOnceKey {
		return false
	}
	for i := range len(key) {
		if key[i] < '!' || key[i] > '~' {
			return false
		}
	}
	return true
}

// onceKey binds a key to its caller: nobody learns of another's requests.
func onceKey(c Caller, key string) [32]byte {
	return sha256.Sum256([]byte(string(c.Type) + " " + c.ID + " " + key))
}

// askOnce notes that the request is being answered, or finds the record of an
// earlier one.
func (s *Service) askOnce(ctx context.Context, asked StoredAnswer) (earlier StoredAnswer, err error) {
	err = s.repo.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		earlier = StoredAnswer{}
		if err := tx.PurgeAnswers(ctx, asked.CreatedAt.Add(-answerKept), asked.CreatedAt.Add(-answerKnown)); err != nil {
			return err
		}
		earlier, err = tx.Answer(ctx, asked.Key)
		if errors.Is(err, ErrNotFound) {
			earlier = StoredAnswer{}
			return tx.InsertAnswer(ctx, asked)
		}
		return err
	})
	return earlier, err
}

func (s *Service) replay(asked, earlier StoredAnswer) ([]byte, error) {
	switch {
	case earlier.Request != asked.Request:
		return nil, Invalid(onceField, "This key was used for another request. Make a new key for each request.")
	case earlier.AnsweredAt.IsZero() && asked.CreatedAt.Sub(earlier.CreatedAt) < answerTakes:
		return nil, &ConflictError{Field: onceField, Message: "The first request with this key is still being answered. Ask again in a moment."}
	case earlier.AnsweredAt.IsZero():
		return nil, &ConflictError{Field: onceField, Message: "The first request with this key was broken off. Look whether it took effect, then use a new key."}
	case len(earlier.Sealed) == 0:
		return nil, &ConflictError{Field: onceField, Message: "The first request with this key took effect; its answer is no longer kept."}
	}
	answer, err := s.cfg.Sealer.Open(earlier.Sealed, answerContext(earlier.Key))
	if err != nil {
		return nil, fmt.Errorf("open a kept answer: %w", err)
	}
	return answer, nil
}

// keepAnswer seals the answer, bound to its caller and key.
func (s *Service) keepAnswer(ctx context.Context, asked StoredAnswer, answer []byte) error {
	sealed, err := s.cfg.Sealer.Seal(s.cfg.Random, answer, answerContext(asked.Key))
	if err != nil {
		return err
	}
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.SetAnswer(ctx, asked.Key, sealed, s.now())
	})
}

func answerContext(key [32]byte) []byte { return append([]byte("answer "), key[:]...) }

func (s *Service) forgetOnce(ctx context.Context, asked StoredAnswer) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error { return tx.DeleteAnswer(ctx, asked.Key) })
}

// forgetAnswers blots out what was kept long enough.
func (s *Service) forgetAnswers(ctx context.Context) error {
	return s.repo.Write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.PurgeAnswers(ctx, s.now().Add(-answerKept), s.now().Add(-answerKnown))
	})
}
