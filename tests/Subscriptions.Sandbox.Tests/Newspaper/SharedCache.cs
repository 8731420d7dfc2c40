using System.Net.Http.Headers;

namespace Subscriptions.Sandbox.Tests.Newspaper;

/// <summary>A cache that many readers share, which honours <c>Cache-Control</c> and <c>Vary</c> and otherwise keeps all that it may, for ever.</summary>
internal sealed class SharedCache(BypassStage stage)
{
    private readonly List<(string Address, IReadOnlyList<(string Name, string Value)> Varied, string Answer)> kept = [];

    public int Hits { get; private set; }

    /// <summary>What it has, heads included.</summary>
    public IEnumerable<string> Kept => kept.Select(one => one.Answer);

    public void Forget() => kept.Clear();

    public async Task<string> GetAsync(string address, string? cookies)
    {
        foreach (var one in kept)
        {
            if (one.Address == address && one.Varied.All(varied => varied.Value == ValueOf(varied.Name, cookies)))
            {
                Hits++;
                return one.Answer;
            }
        }

        using var answer = await stage.SendAsync(HttpMethod.Get, address, cookies);
        var text = $"{(int)answer.StatusCode}\n{answer.Headers}\n{await answer.Content.ReadAsStringAsync()}";
        if (MayKeep(answer.Headers.CacheControl, answer.Headers.Vary)) kept.Add((address, [.. answer.Headers.Vary.Select(name => (name, ValueOf(name, cookies)))], text));
        return text;
    }

    // Without a word about freshness a cache may guess some, and this one does.
    private static bool MayKeep(CacheControlHeaderValue? control, HttpHeaderValueCollection<string> vary) => control is not ({ NoStore: true } or { Private: true } or { NoCache: true }) && !vary.Contains("*");

    private static string ValueOf(string name, string? cookies) => name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? cookies ?? "" : "";
}
