using EchoClr.Dicom;
var p=args[0];
long a=GC.GetAllocatedBytesForCurrentThread();
void M(string n){var b=GC.GetAllocatedBytesForCurrentThread();Console.WriteLine($"{n}: {(b-a)/1024.0/1024:0.0} MiB");a=GC.GetAllocatedBytesForCurrentThread();}
foreach(var i in new[]{0,1}){
var f=DicomFile.Read(p,new DicomReadOptions{MaxInflatedBytes=4<<20});M("read whole");
int n=0,d=0;void W(DicomDataset ds,int depth){d=Math.Max(d,depth);foreach(var e in ds){n++;if(e.Items is {} it)foreach(var x in it)W(x,depth+1);}}
W(f.Dataset,0);M($"walk {n} elements depth {d}");
DatasetText.Write(TextWriter.Null,f);M("text");
try{DicomFile.Read(p,DicomReadOptions.Header);}catch{}M("header");DicomFile.ReadMeta(p);M("meta");}
