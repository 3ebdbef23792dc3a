// Command rate says how much of a model server's speed a search gets: the
// tokens per second of searches against those of a plain loop that sends the
// same requests, as many at once, and does nothing with the replies.
//
//	go run ./bench/rate --model qwen3:8b --parallel 2
//
// A round is one pass of each kind over the same hands of the Game of 24. What a
// search sends is known only after it, so every search runs once before the
// clock does, and its requests are written down; that loads the model, too. A
// server reads a prompt faster that begins like one it remembers. Therefore the
// loop keeps the order of the search, both kinds send only what the server has
// seen before, and every second round begins with the loop: neither gains from
// what the other has just left behind, nor from a machine that gets slower.
// Tokens are those the server counts, read and written, and time is from the
// beginning of a pass to its last reply. The figure is the geometric mean of the
// rounds' ratios with its standard error.
//
// The hands have no solution and the searches do not look one step ahead, so
// that they last: one that ends with a solution after a few requests says
// little, since all that is in flight at that moment is for nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"

	"gonum.org/v1/gonum/stat"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

func main() {
	var r rate
	model := flag.String("model", "", "name of the model in Ollama")
	host := flag.String("host", "", "Ollama server (default: OLLAMA_HOST, else 127.0.0.1:11434)")
	flag.IntVar(&r.config.Parallel, "parallel", 1, "requests at once, in both kinds of pass")
	flag.StringVar(&r.config.Critic, "critic", "auto", "how states are valued: auto, yesno, rollout")
	flag.IntVar(&r.calls, "calls", 100, "requests of a pass")
	flag.IntVar(&r.rounds, "rounds", 30, "rounds; an even number is balanced")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := r.open(ctx, *host, *model)
	if err == nil {
		_, err = r.measure(ctx, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rate:", err)
		os.Exit(1)
	}
}

// open makes model and hands ready.
func (r *rate) open(ctx context.Context, host, model string) error {
	if model == "" || r.calls < 1 || r.rounds < 2 || r.config.Parallel < 1 {
		return errors.New("need a --model, --calls and --parallel from 1 up and --rounds from 2 up, for example --model qwen3:8b --parallel 2")
	}
	client, err := llm.NewOllama(llm.OllamaOptions{Host: host, Model: model})
	if err != nil {
		return err
	}
	details, err := client.Show(ctx)
	if err != nil {
		return err
	}
	game := countdown.Game{Target: 24, AllNumbers: true}
	r.config.Model = ponder.Asked{Name: model, Model: client, Style: prompt.Chat{Env: game}}
	if details.BareTemplate {
		r.config.Model.Style = prompt.Line{}
	}
	r.config.Blind, r.game, r.hands = true, game, unsolvable
	return nil
}

// unsolvable hands of four different cards: to prove it of one takes hundreds of
// requests.
var unsolvable = []string{
	"2 5 9 13", "2 7 10 13", "3 5 9 11", "3 5 11 13", "3 6 7 11", "3 7 11 13", "4 6 9 11",
	"4 7 10 13", "4 8 10 13", "5 7 8 11", "5 9 11 12", "5 10 11 13", "6 7 9 11", "6 9 10 13",
	"6 10 11 13", "7 8 10 12", "7 9 10 13", "7 9 11 13", "7 9 12 13", "8 10 11 13",
}

// figures are what a measurement comes to: the ratio of the speeds with its
// standard error, and the share of the time of the server's slots in which they
// had a request.
type figures struct {
	ratio, stderr        float64
	searchBusy, loopBusy float64
}

// measure runs all rounds and writes a table.
func (r *rate) measure(ctx context.Context, out io.Writer) (figures, error) {
	if err := r.record(ctx); err != nil {
		return figures{}, err
	}
	fmt.Fprint(out, "| round | first | search, tokens/s | loop, tokens/s | ratio |\n| --- | --- | --- | --- | --- |\n")
	var logs []float64
	var searched, looped pass
	for i := range r.rounds {
		search, loop, err := r.round(ctx, i)
		if err != nil {
			return figures{}, err
		}
		searched, looped = searched.plus(search), looped.plus(loop)
		ratio := search.speed() / loop.speed()
		logs = append(logs, math.Log(ratio))
		fmt.Fprintf(out, "| %d | %s | %.0f | %.0f | %.3f |\n", i+1, first(i), search.speed(), loop.speed(), ratio)
	}
	mean, deviation := stat.MeanStdDev(logs, nil)
	f := figures{
		ratio:      math.Exp(mean),
		stderr:     math.Exp(mean) * stat.StdErr(deviation, float64(r.rounds)),
		searchBusy: searched.busy(r.config.Parallel),
		loopBusy:   looped.busy(r.config.Parallel),
	}
	_, err := fmt.Fprintf(out, "\nTokens per second, search to loop: %.3f ± %.3f\nSlots busy: search %.1f%%, loop %.1f%%\n",
		f.ratio, f.stderr, 100*f.searchBusy, 100*f.loopBusy)
	return f, err
}
