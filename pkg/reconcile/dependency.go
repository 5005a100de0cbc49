package reconcile

import (
	"cmp"
	"context"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/plan"
)

// question is one resource that the dependency index is asked about.
type question struct {
	id      string
	objects []string
}

// dependencies asks the dependency index who calls the actions, and who calls the modules and bots among them, each
// once, and reads the flows it names. What cannot be asked or read is said in live, and is not an error.
//
// Budget: one request for the index's state; one for each action (two if it is secure), module and bot; see flowReader
// for the flows.
func (s integrationsSurface) dependencies(ctx context.Context, actions []dataaction.Live, flows *flowReader,
	live *plan.Live) error {
	if len(actions) == 0 {
		return nil
	}
	partial, err := s.client.IndexState(ctx)
	if stops(err) {
		return err
	}
	if err != nil {
		live.IndexRefused = genesys.Brief(err)
		return nil
	}
	live.Consumers = map[string]plan.Consumers{}
	named := map[string]dataaction.Flow{}
	for questions := firstQuestions(actions); len(questions) > 0; {
		answers, refused, err := s.ask(ctx, questions)
		if err != nil {
			return err
		}
		if refused != "" && len(live.Consumers) == 0 {
			live.IndexRefused, live.Consumers = refused, nil
			return nil
		}
		questions = taken(live, named, questions, answers, partial)
	}
	ids := make([]string, 0, len(named))
	for _, c := range live.Consumers {
		for _, f := range c.Flows {
			ids = append(ids, f.ID)
		}
	}
	return flows.read(ctx, ids, named)
}

// firstQuestions asks about actions.
func firstQuestions(actions []dataaction.Live) []question {
	questions := make([]question, len(actions))
	for i, a := range actions {
		questions[i] = question{a.ID, []string{genesys.ObjectDataAction}}
		if a.Secure {
			questions[i].objects = append(questions[i].objects, genesys.ObjectSecureAction)
		}
	}
	return questions
}

// taken adds answers to live and the flows they name to named. It returns the questions about modules and bots that
// are named for the first time.
func taken(live *plan.Live, named map[string]dataaction.Flow, questions []question, answers []plan.Consumers,
	partial string) (next []question) {
	for i, q := range questions {
		answers[i].Partial = cmp.Or(answers[i].Partial, partial)
		live.Consumers[q.id] = answers[i]
		for _, f := range answers[i].Flows {
			if _, ok := named[f.ID]; ok {
				continue
			}
			named[f.ID] = f
			if f.Type == "commonmodule" || f.Type == "bot" || f.Type == "digitalbot" {
				next = append(next, question{f.ID, []string{genesys.FlowObject(f.Type)}})
			}
		}
	}
	return next
}

// ask puts questions concurrently. An answer that fails is partial; refused is the reason if all of them failed.
func (s integrationsSurface) ask(ctx context.Context, questions []question) (answers []plan.Consumers,
	refused string, err error) {
	answers = make([]plan.Consumers, len(questions))
	failed := make([]string, len(questions))
	group, ctx := parallel.WithContext(ctx)
	group.SetLimit(maxGoroutines)
	for i, q := range questions {
		group.Go(func() error {
			for _, object := range q.objects {
				got, err := s.client.Consumers(ctx, q.id, object)
				if stops(err) {
					return err
				}
				if err != nil {
					failed[i] = genesys.Brief(err)
					got.Partial = "a question failed: " + failed[i]
				}
				answers[i] = merged(answers[i], plan.Consumers(got))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, "", err
	}
	for _, reason := range failed {
		if reason == "" {
			return answers, "", nil
		}
		refused = reason
	}
	return answers, refused, nil
}

// merged joins what the index says of an action as data action and as secure action.
func merged(a, b plan.Consumers) plan.Consumers {
	seen := map[string]bool{}
	for _, f := range a.Flows {
		seen[f.ID] = true
	}
	for _, f := range b.Flows {
		if !seen[f.ID] {
			a.Flows = append(a.Flows, f)
		}
	}
	a.Others += b.Others
	if b.Partial != "" && !strings.Contains(a.Partial, b.Partial) {
		a.Partial = b.Partial
	}
	return a
}

// Callers reads who calls one action: what the dependency index says, and the flows it names. plan.CallersOf reads the
// result.
func (r *Reconciler) Callers(ctx context.Context, a dataaction.Live) (plan.Live, error) {
	live := plan.Live{Actions: []dataaction.Live{a}}
	s, ok := r.surface.(integrationsSurface)
	if !ok {
		return live, nil
	}
	flows := newFlowReader(s.client, s.progress)
	err := s.dependencies(ctx, live.Actions, flows, &live)
	live.Flows = flows.live()
	return live, err
}
