using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>The reader as a payer at the gateway, and the methods that she stored there.</summary>
public sealed class GatewayCustomers(
    IPaymentGateway gateway, IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, StaffTasks tasks, BillingClock clock)
{
    private const int MostKeys = 10;
    private const string RefusedTask = "gateway-refused";

    /// <summary>The payer's id, made at the first need; null when it is not to be had now.</summary>
    public async Task<string?> EnsureAsync(ReaderId readerId) => await PayerAsync(readerId) is GatewayAnswer<string>.Answered { Value: var id } ? id : null;

    /// <summary>The same with the reason why not. A refusal is our mistake: staff are told, because no repetition mends it.</summary>
    public async Task<GatewayAnswer<string>> PayerAsync(ReaderId readerId)
    {
        await using var db = await databases.CreateDbContextAsync();
        var reader = await db.Readers.SingleAsync(r => r.Id == readerId);
        if (reader.GatewayCustomerId is not null)
        {
            return new GatewayAnswer<string>.Answered(reader.GatewayCustomerId);
        }

        var request = new NewCustomer(readerId.Value, reader.Email, reader.Name);
        var hadOne = await db.PaymentMethods.AnyAsync(m => m.ReaderId == readerId) || await db.HostedSetups.AnyAsync(s => s.ReaderId == readerId);
        var answer = await CreateAsync(request, hadOne);
        if (answer is GatewayAnswer<string>.Refused refused)
        {
            // The gateway's words may repeat the address; its code does not.
            var living = await db.Subscriptions.Where(s => s.ReaderId == readerId && s.LivingSlot != null).Select(s => (SubscriptionId?)s.Id).FirstOrDefaultAsync();
            await tasks.OpenAsync(RefusedTask, TaskSubject(readerId), $"The gateway refused to make a payer of {readerId}: {refused.Code}. Nothing can be charged to her before that is mended.", living);
        }

        if (answer is not GatewayAnswer<string>.Answered { Value: var id })
        {
            return answer;
        }

        await db.Readers.Where(r => r.Id == readerId && r.GatewayCustomerId == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.GatewayCustomerId, id));
        return new GatewayAnswer<string>.Answered((await db.Readers.Where(r => r.Id == readerId).Select(r => r.GatewayCustomerId).SingleAsync())!);
    }

    /// <summary>True when the gateway says that a payer was deleted there.</summary>
    public async Task<bool> IsGoneAsync(string customerId) => IsGone(await gateway.RetrieveCustomerAsync(customerId));

    /// <summary>True when a method of hers was taken away at the gateway, as with a payer that was deleted: what was prepared before may be another payer's.</summary>
    public async Task<bool> HasLostMethodsAsync(ReaderId readerId)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.PaymentMethods.AnyAsync(m => m.ReaderId == readerId && m.DetachedAt != null);
    }

    /// <summary>What a task about the payer is about.</summary>
    public static string TaskSubject(ReaderId readerId) => $"{readerId.Value}:payer";

    private static bool IsGone(GatewayAnswer<Payer> known) =>
        known is GatewayAnswer<Payer>.Answered { Value.Deleted: true } or GatewayAnswer<Payer>.Refused { Code: "resource_missing" };

    // A payer record too many does no harm, a failure that is answered for a day does: the next key is tried. So does the
    // answer that is kept of a payer who was deleted since.
    private async Task<GatewayAnswer<string>> CreateAsync(NewCustomer request, bool hadOne)
    {
        GatewayAnswer<string> answer = new GatewayAnswer<string>.Unknown("The gateway was not asked.");
        for (var again = 1; again <= MostKeys; again++)
        {
            answer = await gateway.CreateCustomerAsync(request, again == 1 ? $"cus:{request.ReaderId}" : $"cus:{request.ReaderId}:{again}");
            var known = hadOne && answer is GatewayAnswer<string>.Answered { Value: var made } ? await gateway.RetrieveCustomerAsync(made) : null;
            if (known is GatewayAnswer<Payer>.Unknown silent)
            {
                // Whether that payer still lives is not known; one who does not must not be kept.
                return new GatewayAnswer<string>.Unknown(silent.Reason);
            }

            var spent = answer is GatewayAnswer<string>.Unknown { ExecutionOver: true } || (known is not null && IsGone(known));
            if (!spent)
            {
                return answer;
            }
        }

        return answer is GatewayAnswer<string>.Answered ? new GatewayAnswer<string>.Unknown("The gateway answers with payers that were deleted.") : answer;
    }

    /// <summary>Ties a token to the reader at the gateway and remembers what it is.</summary>
    public async Task<GatewayAnswer<StoredMethod>> AttachAsync(ReaderId readerId, string customer, string token)
    {
        var answer = await gateway.AttachMethodAsync(customer, token, $"attach:{readerId.Value}:{token}:{clock.Now.UtcTicks}");
        if (answer is GatewayAnswer<StoredMethod>.Answered { Value: var method })
        {
            await RememberAsync(readerId, method);
        }

        return answer;
    }

    /// <summary>Remembers a method that is tied to the reader at the gateway already.</summary>
    public async Task RememberAsync(ReaderId readerId, StoredMethod method)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.PaymentMethods.FindAsync(method.Token) is not null)
        {
            return;
        }

        db.PaymentMethods.Add(new PaymentMethodRow
        {
            Id = method.Token,
            ReaderId = readerId,
            Kind = method.Kind,
            Brand = method.Brand,
            Last4 = method.Last4,
            ExpiryMonth = method.ExpiryMonth,
            ExpiryYear = method.ExpiryYear,
            Fingerprint = method.Fingerprint,
            AddedAt = clock.Now,
        });
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException twice) when (provider.IsUniqueViolation(twice))
        {
            // Loaded twice at once: the other one has remembered it.
            db.ChangeTracker.Clear();
        }
    }
}
