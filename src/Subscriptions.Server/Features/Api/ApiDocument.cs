using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Subscriptions.Server.Features.Api;

/// <summary>What <c>/openapi/v1.json</c> says beyond what the routes say themselves: keys, paging, refusals.</summary>
internal static class ApiDocument
{
    private const string Bearer = "bearer";

    public static void Describe(OpenApiOptions options)
    {
        options.ShouldInclude = route => route.RelativePath?.StartsWith("api/", StringComparison.OrdinalIgnoreCase) ?? false;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Subscriptions API",
                Version = "v1",
                Description = "Lists are {items, next}, newest first; next is the path of the next page, or null. Money is in minor units. Times are ISO 8601 in UTC "
                    + "with milliseconds. Refusals are RFC 9457 problem details with a stable type. Ids are opaque.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                [Bearer] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A key from the setting Api:Keys. Entitlements, the change feed and reader passes take a website's key as well.",
                },
            };
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            DescribeAsWritten(schema, context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
            AddRefusal(operation, "401", "The key is missing or not known.");
            AddRefusal(operation, "403", "The key may not do that.");
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<HonoursIdempotencyKey>().Any())
            {
                AddKeyHeader(operation);
            }

            if (operation.OperationId is "FindReaders" or "GetTimeline" or "GetAttempts" or "GetInvoices" or "GetNotices")
            {
                AddPaging(operation);
            }

            return Task.CompletedTask;
        });
    }

    // Times have a converter of ours and bodies rules of ours: neither can be seen in the types.
    private static void DescribeAsWritten(OpenApiSchema schema, Type type)
    {
        if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
        {
            schema.Type = type == typeof(DateTimeOffset) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = "date-time";
        }
        else if (type == typeof(NewReaderRequest))
        {
            schema.Required = new HashSet<string>(StringComparer.Ordinal) { "email", "name" };
        }
        else if (type == typeof(NewGrantRequest))
        {
            schema.Required = new HashSet<string>(StringComparer.Ordinal) { "kind" };
        }
        else if (type == typeof(NewSubscriptionRequest))
        {
            schema.Required = new HashSet<string>(StringComparer.Ordinal) { "readerId", "plan" };
        }
        else if (type == typeof(RefundRequest) || type == typeof(CloseInvoiceRequest))
        {
            schema.Required = new HashSet<string>(StringComparer.Ordinal) { "reason" };
        }
        else if (type == typeof(CreditNoteRequest) || type == typeof(CreditRequest))
        {
            schema.Required = new HashSet<string>(type == typeof(CreditRequest) ? ["amount", "reason"] : ["amount", "reason", "destination"], StringComparer.Ordinal);
        }
        else if (type == typeof(AmountRequest))
        {
            schema.Required = new HashSet<string>(StringComparer.Ordinal) { "amount", "currency" };
        }
    }

    private static void AddRefusal(OpenApiOperation operation, string status, string description)
    {
        operation.Responses ??= [];
        operation.Responses.TryAdd(status, new OpenApiResponse { Description = description });
    }

    private static void AddKeyHeader(OpenApiOperation operation) => Add(operation, new OpenApiParameter
    {
        Name = Idempotency.Header,
        In = ParameterLocation.Header,
        Description = "Repeating the request under the same key gives the same answer and does the thing once, for 24 hours. Another request under it gets 422; the same one while it is under way gets 409. A request that was refused leaves its key free.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Idempotency.MaxKeyLength },
    });

    private static void AddPaging(OpenApiOperation operation)
    {
        if (operation.OperationId == "FindReaders")
        {
            Add(operation, new OpenApiParameter
            {
                Name = "query",
                In = ParameterLocation.Query,
                Description = "What to look for; case does not matter.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = Support.FindReaders.MaxLength },
            });
        }

        Add(operation, new OpenApiParameter
        {
            Name = "limit",
            In = ParameterLocation.Query,
            Description = "Items per page.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "1", Maximum = "100", Default = PageQuery.DefaultLimit },
        });
        Add(operation, new OpenApiParameter
        {
            Name = "cursor",
            In = ParameterLocation.Query,
            Description = "Opaque; take it from the former page's next.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
    }

    private static void Add(OpenApiOperation operation, OpenApiParameter parameter)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(parameter);
    }
}
