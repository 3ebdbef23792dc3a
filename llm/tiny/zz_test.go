package tiny
import ("testing";"fmt";"syscall";"time";"github.com/ponder-mcts/ponder/llm")
func cpu() time.Duration { var u syscall.Rusage; syscall.Getrusage(syscall.RUSAGE_SELF,&u); return time.Duration(u.Utime.Nano()+u.Stime.Nano()) }
func TestZZ(t *testing.T){ m:=endless(t)
 for _,n:=range []int{1,8} { for range 3 {
  reqs:=make([]llm.Request,n); for i:=range reqs {reqs[i]=llm.Request{Prompt:"4 9 10 13 > 24\n",MaxTokens:32}}
  c:=cpu(); tok:=0; for range 320/n { all,_:=m.GenerateBatch(t.Context(),reqs); for _,x:=range all {tok+=x.Usage.CompletionTokens} }
  fmt.Printf("stream%d %.0f tok/cpu-s\n",n,float64(tok)/(cpu()-c).Seconds()) }}
 for range 3 { c:=cpu(); tok:=0; for i:=range 200 { x,_:=m.Generate(t.Context(),llm.Request{Prompt: fmt.Sprintf("%08d 9 10 13 > 24 ?\n", i), MaxTokens: 1}); tok+=x.Usage.PromptTokens}
 fmt.Printf("prompt %.0f tok/cpu-s\n",float64(tok)/(cpu()-c).Seconds())}
}
