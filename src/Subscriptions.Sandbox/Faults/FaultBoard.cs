using System.Text.Json.Serialization;

namespace Subscriptions.Sandbox.Faults;

/// <summary>The body of <c>POST /faults</c>.</summary>
/// <param name="Kind">One of the kinds that <c>GET /faults.json</c> lists.</param>
/// <param name="Times">1 to 1000, or left out: until cleared.</param>
/// <param name="Target">Narrows the fault, for kinds that take a target; left out: everything.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FaultRequest(string? Kind, int? Times = null, string? Target = null);

/// <summary>All faults of all parts in one place.</summary>
public sealed class FaultBoard(IEnumerable<IFaultSource> sources)
{
    private const int MostTimes = 1000;
    private const int LongestTarget = 320;

    private readonly IReadOnlyList<IFaultSource> sources = [.. sources];

    /// <summary>What can be set.</summary>
    public IReadOnlyList<FaultKind> Kinds => [.. sources.SelectMany(source => source.Kinds)];

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
        var target = string.IsNullOrWhiteSpace(request?.Target) ? null : request.Target.Trim();
        var source = sources.FirstOrDefault(source => source.Kinds.Any(kind => kind.Name == request?.Kind));
        if (source is null) return Wrong("kind", $"Must be one of {string.Join(", ", Kinds.Select(kind => kind.Name))}.");
        if (request!.Times is < 1 or > MostTimes) return Wrong("times", $"Must be from 1 to {MostTimes}, or left out for \"until cleared\".");
        if (target?.Length > LongestTarget) return Wrong("target", $"Must have {LongestTarget} characters at most.");
        if (target is not null && source.Kinds.First(kind => kind.Name == request.Kind).TargetMeans is null)
            return Wrong("target", "This kind takes none.");
        try
        {
            return (await source.SetAsync(new FaultWish(request.Kind!, request.Times, target)), []);
        }
        catch (FormatException unusable)
        {
            return Wrong("target", unusable.Message);
        }
    }

    /// <summary>Clears one fault, or all when <paramref name="id"/> is null. Whether anything was cleared.</summary>
    public async Task<bool> ClearAsync(string? id)
    {
        var any = false;
        foreach (var source in sources) any |= await source.ClearAsync(id);
        return any;
    }

    private static (ActiveFault?, Dictionary<string, string[]>) Wrong(string field, string message) =>
        (null, new Dictionary<string, string[]> { [field] = [message] });
}
