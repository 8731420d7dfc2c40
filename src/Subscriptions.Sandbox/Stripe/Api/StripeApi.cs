using System.Security.Cryptography;
using Subscriptions.Sandbox.Stripe.Faults;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>The wire of <c>/stripe/v1</c>: reads a request, lets a fault have its way, writes the answer.</summary>
internal sealed class StripeApi(
    StripeExecution execution, StripeJournal journal, StripeFaults faults, FaultSubjects subjects, StripeSimulatorOptions options,
    TimeProvider time, IHostApplicationLifetime lifetime, ILogger<StripeApi> log)
{
    private const int RequestIdLength = 14;

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = "req_" + RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", RequestIdLength);
        StripeRequest? request = null;
        Fault? fault = null;
        Reply? reply;
        try
        {
            request = await StripeRequest.ReadAsync(context, options, requestId);
            fault = await faults.TakeAsync(FaultTarget.Gateway, request.Route.Operation, () => subjects.Of(request));
            request = request with { Bank = await BankAsync(request) };
            reply = await ServeAsync(context, request, fault);
        }
        catch (StripeFailure failure)
        {
            reply = Reply.Of(failure.ToAnswer());
        }
        catch (Exception bug) when (bug is not IOException and not OperationCanceledException)
        {
            log.LogError(bug, "The Stripe simulator failed at {Method} {Path}", context.Request.Method, context.Request.Path);
            reply = Reply.InternalError;
        }

        journal.Write(new JournalLine(
            context.Request.Method, context.GetRouteValue("path") as string ?? "", request, requestId, reply, (fault ?? request?.Bank)?.Kind.ToString()));
        if (reply is null)
        {
            context.Abort();
            return;
        }

        await WriteAsync(context, reply, requestId, request?.Key);
    }

    /// <summary>What the bank is made to say to a charge or a refund.</summary>
    private async Task<Fault?> BankAsync(StripeRequest request) => request.Charges || request.Route.Operation == "refunds.create"
        ? await faults.TakeBankAsync(request.Charges, request.Key ?? request.RequestId, () => subjects.Of(request)) : null;

    /// <summary>The answer; null when the connection must be dropped without one.</summary>
    private async Task<Reply?> ServeAsync(HttpContext context, StripeRequest request, Fault? fault)
    {
        var hold = fault?.Hold ?? options.DefaultHold;
        switch (fault?.Kind)
        {
            case null:
                return await execution.RunAsync(request, TimeSpan.Zero, as500: false);
            case FaultKind.Error500Before:
                return Reply.InternalError;
            case FaultKind.Error500After:
                return await execution.RunAsync(request, TimeSpan.Zero, as500: true);
            case FaultKind.RateLimited:
                return Reply.Of(RateLimit().ToAnswer());
            case FaultKind.Refused400:
                return Reply.Of(StripeFailure.Invalid("parameter_invalid", "This request is refused by a fault that was set on the panel.").ToAnswer());
            case FaultKind.Slow:
                return await execution.RunAsync(request, fault.Hold ?? TimeSpan.FromSeconds(5), as500: false);
            case FaultKind.TimeoutLate:
                await execution.RunAsync(request, hold, as500: false);
                return null;
            case FaultKind.TimeoutInstead:
                await execution.LoseAsync(request);
                break;
            case FaultKind.TimeoutAfter or FaultKind.ConnectionDroppedAfter:
                await execution.RunAsync(request, TimeSpan.Zero, as500: false);
                break;
            default:
                break;
        }

        if (fault.Kind is FaultKind.TimeoutBefore or FaultKind.TimeoutInstead or FaultKind.TimeoutAfter)
        {
            await HoldAsync(context, hold);
        }

        return null;
    }

    private async Task HoldAsync(HttpContext context, TimeSpan hold)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await Task.Delay(hold, time, ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task WriteAsync(HttpContext context, Reply reply, string requestId, string? key)
    {
        var headers = context.Response.Headers;
        var version = context.Request.Headers["Stripe-Version"].ToString();
        headers["Request-Id"] = requestId;
        headers["Stripe-Version"] = version.Length is > 0 and < 60 ? version : StripeSimulatorOptions.ApiVersion;
        headers.CacheControl = "no-cache, no-store";
        if (key is not null)
        {
            headers["Idempotency-Key"] = key;
        }

        if (reply.ReplayOf is { } original)
        {
            headers["Idempotent-Replayed"] = "true";
            headers["Original-Request"] = original;
        }

        if (ShouldRetry(reply.Status) is { } retry)
        {
            headers["Stripe-Should-Retry"] = retry;
        }

        if (reply.Status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = "Bearer realm=\"Stripe\"";
        }

        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(reply.Body);
    }

    /// <summary>Stripe says so where it knows; about a 500 it says nothing.</summary>
    private static string? ShouldRetry(int status) => status switch
    {
        StatusCodes.Status409Conflict or StatusCodes.Status429TooManyRequests => "true",
        >= 400 and < 500 => "false",
        _ => null,
    };

    private static StripeFailure RateLimit() =>
        new(StatusCodes.Status429TooManyRequests, "invalid_request_error", "rate_limit",
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.");
}
