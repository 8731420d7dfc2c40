using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>The reader as a payer at the gateway, and the methods that she stored there.</summary>
public sealed class GatewayCustomers(IPaymentGateway gateway, IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock)
{
    private const int MostKeys = 10;

    /// <summary>The payer's id, made at the first need; null when the gateway does not answer.</summary>
    public async Task<string?> EnsureAsync(ReaderId readerId)
    {
        await using var db = await databases.CreateDbContextAsync();
        var reader = await db.Readers.SingleAsync(r => r.Id == readerId);
        if (reader.GatewayCustomerId is not null)
        {
            return reader.GatewayCustomerId;
        }

        var request = new NewCustomer(readerId.Value, reader.Email, reader.Name);
        if (await CreateAsync(request) is not GatewayAnswer<string>.Answered { Value: var id })
        {
            return null;
        }

        await db.Readers.Where(r => r.Id == readerId && r.GatewayCustomerId == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.GatewayCustomerId, id));
        return await db.Readers.Where(r => r.Id == readerId).Select(r => r.GatewayCustomerId).SingleAsync();
    }

    // A payer record too many does no harm, a failure that is answered for a day does: the next key is tried.
    private async Task<GatewayAnswer<string>> CreateAsync(NewCustomer request)
    {
        var answer = await gateway.CreateCustomerAsync(request, $"cus:{request.ReaderId}");
        for (var again = 2; answer is GatewayAnswer<string>.Unknown { ExecutionOver: true } && again <= MostKeys; again++)
        {
            answer = await gateway.CreateCustomerAsync(request, $"cus:{request.ReaderId}:{again}");
        }

        return answer;
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
