using EchoClr.VideoModels.Augmentation;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>
/// The batch of each step. Everything in it is drawn from the seed and the step's number alone, so a run that goes on in the middle sees what an unbroken one would have seen,
/// and any thread may draw any step. Safe to call from several threads.
/// </summary>
public sealed class PairBatches
{
    private readonly PretrainClips clips;
    private readonly PretrainPlan plan;
    private readonly PretrainRecipe recipe;
    private readonly IReadOnlyList<(int First, int Second)> pairs;
    private readonly Lock gate = new();
    private (int Epoch, int[] Order) shuffled = (-1, []);

    public PairBatches(PretrainClips clips, PretrainPlan plan)
    {
        (this.clips, this.plan, recipe) = (clips, plan, plan.Method);
        if (recipe.Supervised && clips.Classes is null)
            throw new ArgumentException($"{recipe.Name} needs the classes of its clips");
        pairs = PairList.Of(clips.Studies, recipe.Pairs);
        if (pairs.Count < plan.Pairs)
            throw new ArgumentException($"{clips.Count} clips give {pairs.Count} pairs, which do not fill a step of {plan.Pairs}");
        StepsPerEpoch = pairs.Count / plan.Pairs; // the last, smaller batch is left out: it would have fewer negatives
    }

    public int StepsPerEpoch { get; }

    public PairBatch Draw(int step)
    {
        var order = OrderOf(step / StepsPerEpoch);
        var (first, second) = (new ReadOnlyMemory<byte>[plan.Pairs], new ReadOnlyMemory<byte>[plan.Pairs]);
        var (firstOrders, secondOrders, patients) = (new int[plan.Pairs], new int[plan.Pairs], new int[plan.Pairs]);
        var classes = recipe.Supervised ? new int[plan.Pairs] : null;
        for (var i = 0; i < plan.Pairs; i++)
        {
            var pair = pairs[order[step % StepsPerEpoch * plan.Pairs + i]];
            var random = new Random(Mix(plan.Seed, step, i));
            var start = random.NextDouble();
            // SimCLR augments one sampled clip twice; all others sample twice.
            (first[i], firstOrders[i]) = View(pair.First, start, random);
            (second[i], secondOrders[i]) = View(pair.Second, recipe.Pairs == PairRule.SameClip ? start : random.NextDouble(), random);
            patients[i] = clips.Patients[pair.First];
            if (classes is not null)
                classes[i] = clips.Classes![pair.First];
        }
        return new PairBatch(first, second, firstOrders, secondOrders, patients) { Classes = classes };
    }

    private (ReadOnlyMemory<byte> Window, int Order) View(int clip, double start, Random random)
    {
        var window = clips.Window(clip, start, recipe.StrideMs, plan.Size);
        var augmented = new byte[window.Length];
        ClipAugmentation.Apply(window, augmented, plan.Size, random, recipe.Flip);
        var order = recipe.Order ? random.Next(FrameOrder.Classes) : 0;
        return (FrameOrder.Apply(augmented, order), order);
    }

    private int[] OrderOf(int epoch)
    {
        lock (gate)
        {
            if (shuffled.Epoch != epoch)
            {
                int[] order = [.. Enumerable.Range(0, pairs.Count)];
                new Random(Mix(plan.Seed, -1, epoch)).Shuffle(order);
                shuffled = (epoch, order);
            }
            return shuffled.Order;
        }
    }

    /// <summary>One seed of three numbers (SplitMix64's finaliser, Steele et al. 2014): neighbours have nothing in common.</summary>
    private static int Mix(long seed, int step, int slot)
    {
        var x = (ulong)seed * 0x9E3779B97F4A7C15 + ((ulong)(uint)step << 32 | (uint)slot);
        for (var round = 0; round < 2; round++)
        {
            x += 0x9E3779B97F4A7C15;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            x ^= x >> 31;
        }
        return (int)(x >> 33);
    }
}
