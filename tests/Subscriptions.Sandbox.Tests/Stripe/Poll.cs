using NUnit.Framework;
namespace Subscriptions.Sandbox.Tests.Stripe;

/// <summary>Asks again until an answer fits; fails after ten seconds.</summary>
internal static class Poll
{
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> fits)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var answer = await ask();
            if (fits(answer))
            {
                return answer;
            }

            Assert.That(await pace.WaitForNextTickAsync(deadline.Token), Is.True);
        }
    }

    public static Task<T> UntilAsync<T>(Func<T> ask, Func<T, bool> fits) => UntilAsync(() => Task.FromResult(ask()), fits);
}
