using BenchmarkDotNet.Attributes;
using Subscriptions.Paywall;

namespace Subscriptions.Bench.Gate;

/// <summary>A decision about an entitled reader who was here before, the clock's reading included.</summary>
public class DecisionBenchmarks
{
    // Fewer than stay open, and more than a processor's nearest cache holds.
    private const int Regulars = 1_000;

    // Twice as many as stay open, in turn: whoever comes was closed since.
    private const int Passing = 20_000;
    private readonly string[] _regulars = [.. Enumerable.Range(0, Regulars).Select(Book.ReaderId)];
    private readonly string[] _passing = [.. Enumerable.Range(Regulars, Passing).Select(Book.ReaderId)];
    private AccessCache _cache = null!;
    private RequestDecider _decider = null!;
    private DefaultHttpContext _request = null!;
    private int _turn;

    /// <summary>Before each benchmark.</summary>
    [GlobalSetup]
    public async Task PrepareAsync()
    {
        var inside = new Inside();
        _cache = inside.Get<AccessCache>();
        foreach (var reader in (string[])[.. _passing, .. _regulars])
            await _cache.DecideAsync(reader, Requirement.Subscriber, null);

        _decider = inside.Get<RequestDecider>();
        var cookies = $"__courier_pass={inside.NewPass(_regulars[0])}; __courier_handle={new string('h', 43)}";
        var known = inside.Get<KnownReaderProtector>().Protect(
            _regulars[0], "ses_" + _regulars[0], new Grant("Subscription", "sub_1", ["subscriber", "archive"], null, null), TimeProvider.System.GetUtcNow());
        _request = new DefaultHttpContext();
        _request.Request.Headers.Cookie = $"{cookies}; __courier_known={known}";
        await _decider.DecideAsync(_request, Requirement.Subscriber);
        if (_decider.TryDecide(_request, Requirement.Subscriber) is not { Decision.Allowed: true } || !Cache() || !PackedCache())
            throw new InvalidOperationException("The readers are not remembered.");
    }

    /// <summary>From a reader's id to the decision.</summary>
    [Benchmark]
    public bool Cache() => Decide(_regulars);

    /// <summary>The same for a reader whose answer has to be unpacked first.</summary>
    [Benchmark]
    public bool PackedCache() => Decide(_passing);

    /// <summary>From a request with its cookies to the decision.</summary>
    [Benchmark]
    public object Request() => _decider.TryDecide(_request, Requirement.Subscriber) ?? throw new InvalidOperationException("The reader is not remembered.");

    private bool Decide(string[] readers)
    {
        _turn = _turn + 1 < readers.Length ? _turn + 1 : 0;
        return _cache.TryDecide(readers[_turn], Requirement.Subscriber, out _, TimeProvider.System.GetUtcNow()) ? true : throw new InvalidOperationException("The reader is not remembered.");
    }
}
