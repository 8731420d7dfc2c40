namespace Subscriptions.Sandbox.Faults;

/// <summary>All faults of all parts in one place.</summary>
public sealed class FaultBoard(IEnumerable<IFaultSource> sources)
{
    private const int MostTimes = 1000;
    private const int LongestText = 320;

    private readonly IReadOnlyList<IFaultSource> sources = [.. sources];

    /// <summary>What can be set.</summary>
    public IReadOnlyList<FaultTargetInfo> Targets => [.. sources.SelectMany(source => source.Targets)];

    /// <summary>What is set.</summary>
    public async Task<IReadOnlyList<ActiveFault>> ListAsync()
    {
        var all = new List<ActiveFault>();
        foreach (var source in sources) all.AddRange(await source.ListAsync());
        return all;
    }

    /// <summary>Sets a fault, or says by field what is wrong with the wish.</summary>
    public async Task<(ActiveFault? Fault, Dictionary<string, string[]> Errors)> SetAsync(FaultRequest? request)
    {
        var target = Targets.FirstOrDefault(target => Same(target.Target, request?.Target));
        if (target is null) return Wrong("target", $"Must be one of {string.Join(", ", Targets.Select(known => known.Target))}.");
        var kind = target.Kinds.FirstOrDefault(kind => Same(kind.Name, request!.Kind));
        if (kind is null) return Wrong("kind", $"Must be one of {string.Join(", ", target.Kinds.Select(known => known.Name))}.");
        if (request!.Count is < 1 or > MostTimes) return Wrong("count", $"Must be from 1 to {MostTimes}, or left out: until cleared.");
        if (request.Match?.Length > LongestText) return Wrong("match", $"Must have {LongestText} characters at most.");
        if (request.Operation?.Length > LongestText) return Wrong("operation", $"Must have {LongestText} characters at most.");
        if (!string.IsNullOrWhiteSpace(request.Operation) && target.OperationMeans is null) return Wrong("operation", "This target knows no operations.");
        var source = sources.First(source => source.Targets.Any(known => known.Target == target.Target));
        var (fault, refusal) = await source.SetAsync(request with
        {
            Target = target.Target,
            Kind = kind.Name,
            Match = Trimmed(request.Match),
            Operation = Trimmed(request.Operation),
        });
        return fault is null ? Wrong("match", refusal ?? "This fault cannot be set.") : (fault, []);
    }

    /// <summary>Clears one fault, or all when <paramref name="id"/> is null. Whether anything was cleared.</summary>
    public async Task<bool> ClearAsync(string? id)
    {
        var any = false;
        foreach (var source in sources) any |= await source.ClearAsync(id);
        return any;
    }

    private static bool Same(string known, string? given) => known.Equals(given?.Trim(), StringComparison.OrdinalIgnoreCase);

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static (ActiveFault?, Dictionary<string, string[]>) Wrong(string field, string message) =>
        (null, new Dictionary<string, string[]> { [field] = [message] });
}
