using Polly;
using Polly.Retry;
using Polly.Timeout;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>
/// One call to Stripe, repeated under the same idempotency key while no answer came. No caller can cancel
/// it: only the time-outs of <see cref="StripeSettings"/> end the wait, so that no charge is broken off half-way.
/// </summary>
internal sealed class StripeTransport
{
    /// <summary>A longer wait than this is left to the next run of the job that wanted the call.</summary>
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    private readonly IStripeWire _wire;
    private readonly StripeSettings _settings;
    private readonly TimeProvider _time;
    private readonly StripePace _pace;
    private readonly ILogger<StripeTransport> _log;
    private readonly ResiliencePipeline<StripeReply> _pipeline;

    /// <summary>Puts pace, repetitions and time-outs around a wire.</summary>
    public StripeTransport(IStripeWire wire, StripeSettings settings, StripePace pace, TimeProvider time, ILogger<StripeTransport> log)
    {
        (_wire, _settings, _pace, _time, _log) = (wire, settings, pace, time, log);
        _pipeline = Pipeline();
    }

    /// <summary>Reads.</summary>
    /// <param name="path">From <c>/v1</c> on.</param>
    public Task<(StripeReply? Reply, string Trouble)> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, null);

    /// <summary>Takes away. Doing it again changes nothing more, so there is no key.</summary>
    /// <param name="path">From <c>/v1</c> on.</param>
    public Task<(StripeReply? Reply, string Trouble)> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null, null);

    /// <summary>Writes. The key makes a repetition harmless.</summary>
    public Task<(StripeReply? Reply, string Trouble)> PostAsync(string path, StripeForm form, string idempotencyKey) =>
        SendAsync(HttpMethod.Post, path, form, idempotencyKey);

    /// <summary>Takes the secret out of a text that the other side wrote, should it have echoed it.</summary>
    public string WithoutSecrets(string text) => text.Replace(_settings.SecretKey, "(secret key)", StringComparison.Ordinal);

    private async Task<(StripeReply? Reply, string Trouble)> SendAsync(
        HttpMethod method, string path, StripeForm? form, string? key)
    {
        // Waiting for our turn is no part of the wait for an answer: a call that has not left has not failed.
        await _pace.WaitAsync(GatewayLane.IsBacklog);
        var first = true;
        try
        {
            var reply = await _pipeline.ExecuteAsync(async cancel =>
            {
                await (first ? Task.CompletedTask : _pace.WaitAsync(GatewayLane.IsBacklog));
                first = false;
                var answer = await _wire.SendAsync(method, path, form, key, cancel);
                if (answer.Status == StatusCodes.Status429TooManyRequests)
                {
                    _pace.SlowDown(answer.RetryAfter);
                }

                return answer;
            });
            if (reply.IsLockedOut)
            {
                _log.LogError("Stripe does not accept the key of this service for {Method} {Path} (status {Status}): see the setting Stripe:SecretKey", method, path, reply.Status);
            }

            return (reply, "");
        }
        catch (Exception failure) when (IsTransport(failure))
        {
            var trouble = failure is TimeoutRejectedException or OperationCanceledException
                ? "Stripe did not answer in time."
                : $"The connection to Stripe failed ({WithoutSecrets(failure.Message)}).";
            _log.LogWarning("{Method} {Path} brought no answer: {Trouble}", method, path, trouble);
            return (null, trouble);
        }
    }

    private ResiliencePipeline<StripeReply> Pipeline()
    {
        var pipeline = new ResiliencePipelineBuilder<StripeReply> { TimeProvider = _time }.AddTimeout(_settings.TotalTimeout);
        if (_settings.MaxRetries > 0)
        {
            pipeline.AddRetry(Retries());
        }

        return pipeline.AddTimeout(_settings.CallTimeout).Build();
    }

    private RetryStrategyOptions<StripeReply> Retries() => new()
    {
        MaxRetryAttempts = _settings.MaxRetries,
        Delay = _settings.RetryDelay,
        MaxDelay = _longestPause,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = tried => ValueTask.FromResult(tried.Outcome.Exception is { } failure
            ? IsTransport(failure)
            : tried.Outcome.Result is { IsWorthRepeating: true } reply && !(reply.RetryAfter > _longestPause)),
        DelayGenerator = tried => ValueTask.FromResult(tried.Outcome.Result?.RetryAfter),
        OnRetry = tried =>
        {
            _log.LogInformation("Stripe gave no answer (status {Status}); repeating under the same key, {Retry} of {Retries}",
                tried.Outcome.Result?.Status, tried.AttemptNumber + 1, _settings.MaxRetries);
            return ValueTask.CompletedTask;
        },
    };

    private static bool IsTransport(Exception failure) =>
        failure is HttpRequestException or IOException or TimeoutRejectedException or OperationCanceledException;
}
