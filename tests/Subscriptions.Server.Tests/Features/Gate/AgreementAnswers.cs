namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>What each of those who were asked said of one reader, one article and one moment; each tells only what it knows.</summary>
internal sealed class AgreementAnswers
{
    public const string Allowed = "allowed", Outcome = "outcome", ReasonName = "reason", NextStep = "next step", GrantedBy = "granted by", GrantKind = "kind of the grant", ValidUntil = "valid until";

    private readonly List<(string Who, Dictionary<string, string> Facts)> told = [];

    /// <summary>Why, in the API's word.</summary>
    public string Reason => told.Select(one => one.Facts.GetValueOrDefault(ReasonName)).First(reason => reason is not null)!;

    /// <summary>Whether one of them could not ask the service.</summary>
    public bool AreWithoutService => told.Any(one => one.Facts.GetValueOrDefault(ReasonName) == nameof(Paywall.DecisionReason.ServiceUnreachable));

    /// <summary>Adds one; what is null was told as "nothing", what is absent was not told.</summary>
    public void Add(string who, params (string Name, string? Value)[] facts) => told.Add((who, facts.ToDictionary(fact => fact.Name, fact => fact.Value is { Length: > 0 } value ? value : "nothing")));

    /// <summary>In what they differ; null if in nothing.</summary>
    public string? Differences()
    {
        var names = told.SelectMany(one => one.Facts.Keys).Distinct()
            .Where(name => told.Select(one => one.Facts.GetValueOrDefault(name)).OfType<string>().Distinct().Count() > 1).ToList();
        return names.Count == 0 ? null : string.Join('\n', told.Select(one => $"  {one.Who}: {string.Join(", ", one.Facts.Select(fact => $"{(names.Contains(fact.Key) ? "!" : "")}{fact.Key} {fact.Value}"))}"));
    }
}
