using System.Collections.Concurrent;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>Runs an operation: one key at a time, one change per object at a time, effect and kept answer in one commit.</summary>
internal sealed class StripeExecution(LedgerFile ledger, StripeSimulatorOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, bool> keysInFlight = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> lockedObjects = new(StringComparer.Ordinal);

    /// <summary>Executes and answers. Nothing that the client does ends it half-way.</summary>
    /// <param name="hold">Wall time between taking the locks and executing.</param>
    /// <param name="as500">Executes, but answers and keeps a 500.</param>
    public async Task<Reply> RunAsync(StripeRequest request, TimeSpan hold, bool as500)
    {
        if (request.Key is { } key && !keysInFlight.TryAdd(key, true))
        {
            return Reply.Of(IdempotencyKeys.InUse(key).ToAnswer());
        }

        try
        {
            return await LockedAsync(request, hold, as500);
        }
        finally
        {
            if (request.Key is not null)
            {
                keysInFlight.TryRemove(request.Key, out _);
            }
        }
    }

    /// <summary>Keeps a 500 under the key of a request that is never executed.</summary>
    public Task LoseAsync(StripeRequest request) => ledger.WriteAsync(transaction =>
    {
        if (!Kept(transaction, request))
        {
            IdempotencyKeys.Keep(transaction, request, Reply.InternalError, time.GetUtcNow());
        }
    });

    private async Task<Reply> LockedAsync(StripeRequest request, TimeSpan hold, bool as500)
    {
        if (request.Route.Locks && !lockedObjects.TryAdd(request.Id, true))
        {
            return Reply.Of(LockTimeout().ToAnswer());
        }

        try
        {
            var wait = hold + (request.Route.Verb == "confirm" ? options.BankDelay : TimeSpan.Zero);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time);
            }

            return HttpMethods.IsGet(request.Route.Method)
                ? ledger.Read(transaction => Execute(transaction, request, as500: false).Reply)
                : await ledger.WriteAsync(transaction => ExecuteOnce(transaction, request, as500));
        }
        finally
        {
            if (request.Route.Locks)
            {
                lockedObjects.TryRemove(request.Id, out _);
            }
        }
    }

    private Reply ExecuteOnce(LedgerTransaction transaction, StripeRequest request, bool as500)
    {
        try
        {
            if (IdempotencyKeys.Replay(transaction, request, time.GetUtcNow()) is { } replay)
            {
                return replay;
            }
        }
        catch (StripeFailure failure)
        {
            return Reply.Of(failure.ToAnswer());
        }

        var (reply, isKept) = Execute(transaction, request, as500);
        if (isKept)
        {
            IdempotencyKeys.Keep(transaction, request, reply, time.GetUtcNow());
        }

        return reply;
    }

    private static (Reply Reply, bool IsKept) Execute(LedgerTransaction transaction, StripeRequest request, bool as500)
    {
        transaction.Request = new RequestTrace(request.RequestId, request.Key);
        try
        {
            var answer = HttpMethods.IsGet(request.Route.Method) ? Answer() : transaction.Attempt(Answer);
            return (as500 ? Reply.InternalError : Reply.Of(answer), true);
        }
        catch (StripeFailure failure)
        {
            return (as500 ? Reply.InternalError : Reply.Of(failure.ToAnswer()), as500 || failure.IsKept);
        }

        StripeAnswer Answer()
        {
            var answer = request.Route.Run(new StripeCall(transaction, request.Params, request.Id, request.Origin) { Bank = request.Bank });
            if (answer.Status == StatusCodes.Status200OK)
            {
                Expansion.Apply(transaction, answer.Body, request.Params.List("expand"));
            }

            return answer;
        }
    }

    private bool Kept(LedgerTransaction transaction, StripeRequest request)
    {
        try
        {
            return IdempotencyKeys.Replay(transaction, request, time.GetUtcNow()) is not null;
        }
        catch (StripeFailure)
        {
            return true;
        }
    }

    private static StripeFailure LockTimeout() =>
        new(StatusCodes.Status429TooManyRequests, "invalid_request_error", "lock_timeout",
            "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see "
            + "this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests "
            + "to a single object, make your requests serially or at a lower rate.");
}
