package nodes
import ("testing";"fmt")
func TestZZ(t *testing.T){
 for s:=uint64(0);s<8;s++{
  x:=explore(s,1+int(s%2),60,Tree{}); n,e:=x.t.Len(); fmt.Println("graph",n,e,x.t.links.n,len(x.t.more),x.t.N(0), x.t.Proven(0))
  m:=play(s,game{1+int(s%2),5},60,Tree{}); n,e=m.t.Len(); fmt.Println("moves",n,e,m.t.N(0), m.t.Proven(0))
 }
}
