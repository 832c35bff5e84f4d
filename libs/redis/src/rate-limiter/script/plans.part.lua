-- Reads the plans of a request: lists of its policies. Expects `request`, `at`, `planCount` and `policies`.
for i = 1, planCount do
  local plan, size, index = {}, 0, 0
  size, at = unpack('B', request, at)
  for j = 1, size do
    index, at = unpack('>H', request, at)
    plan[j] = policies[index + 1]
  end
  plans[i] = plan
end
