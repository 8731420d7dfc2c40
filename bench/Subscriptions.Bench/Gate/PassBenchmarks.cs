using BenchmarkDotNet.Attributes;
using Subscriptions.Paywall;

namespace Subscriptions.Bench.Gate;

/// <summary>The check of a reader pass: one that this process has verified, and one that it has not.</summary>
public class PassBenchmarks
{
    // More passes than are remembered, in turn: whichever comes was forgotten since.
    private const int Passes = 512;
    private const int Remembered = 128;
    private readonly string[] _passes = new string[Passes];
    private PassVerifier _verifier = null!;
    private string _seen = "";
    private int _turn;

    /// <summary>Before each benchmark.</summary>
    [GlobalSetup]
    public async Task PrepareAsync()
    {
        var inside = new Inside(options => options.RememberedPasses = Remembered);
        _verifier = inside.Get<PassVerifier>();
        for (var i = 0; i < Passes; i++)
            _passes[i] = inside.NewPass(Book.ReaderId(i));
        _seen = inside.NewPass(Book.ReaderId(Passes));
        if (!Equals(await New(), PassVerdict.Genuine) || _verifier.TryRemembered(_passes[0], out _) || (await _verifier.VerifyAsync(_seen)).Pass is null || !SeenBefore())
            throw new InvalidOperationException("The passes are not what is to be measured.");
    }

    /// <summary>As for every page after a reader's first.</summary>
    [Benchmark]
    public bool SeenBefore() => _verifier.TryRemembered(_seen, out _);

    /// <summary>As for a reader's first page: the signature is verified.</summary>
    [Benchmark]
    public async Task<object> New()
    {
        _turn = (_turn + 1) % Passes;
        return (await _verifier.VerifyAsync(_passes[_turn])).Verdict;
    }
}
