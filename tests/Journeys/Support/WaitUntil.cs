using NUnit.Framework;

namespace Subscriptions.Journeys.Support;

/// <summary>Waits for something that another process does, up to a limit.</summary>
public static class WaitUntil
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static async Task TrueAsync(Func<Task<bool>> holds, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await holds())
        {
            try
            {
                await looks.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It did not come about within {Limit.TotalSeconds} s that {what}.");
            }
        }
    }
}
