using EchoClr.App.Configuration;
using EchoClr.Inference;
using EchoClr.Inference.Models;
using EchoClr.Retraining.Promotion;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Learning;

/// <summary>The gate as the settings have it, over the stores of a data folder.</summary>
internal sealed record Judging(ModelJudgement Judgement, JudgedClips Clips)
{
    public const string AnalysisSection = $"{InferenceOptions.SectionName}:{nameof(InferenceOptions.Analysis)}";

    public static Judging Of(OpenData data, IConfiguration configuration)
    {
        var analysis = configuration.GetSection(AnalysisSection).Get<AnalysisOptions>() ?? new AnalysisOptions();
        var rules = (configuration.GetSection(GateRules.SectionName).Get<GateRules>() ?? new GateRules()) with { MaxSpread = analysis.MaxSpread };
        return new Judging(
            new ModelJudgement(data.Get<ModelStore>(), data.Get<PromotionStore>(), data.Get<LabelStore>(), data.Get<ClipStore>(), data.Get<BlobStore>(), rules, TimeProvider.System),
            new JudgedClips(LoadedModels.LongAxis, analysis.MinViewProbability));
    }
}
